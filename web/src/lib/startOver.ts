// Leaves the page as it is and loads it anew, so that nothing of what it held is left.

export function startOver(path: string): void {
  location.assign(path)
}
