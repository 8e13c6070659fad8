// PURE: how large a title can be set on a cover so that no word breaks and all its lines fit.
// Everything in hundredths of the cover's width (cqi).

const SIZES = [13.5, 12, 10.8, 9.8, 8.8, 7.9, 7.1, 6.4, 5.8]
const LINE_WIDTH = 80
const HEIGHT = 41
const LINE_HEIGHT = 1.1
/** The mean width of a letter of the book face, in its own size; capitals and m are wider, so a little more. */
const LETTER = 0.61

/** How many lines the words take, each line filled as far as it goes. */
function linesOf(words: readonly string[], letters: number): number {
  let lines = 1
  let used = 0
  for (const { length } of words) {
    if (used > 0 && used + 1 + length > letters) {
      lines += 1
      used = length
    } else used += (used > 0 ? 1 : 0) + length
  }
  return lines
}

/** The largest size at which a title fits; the smallest where none does. */
export function titleSize(title: string): number {
  const words = title.trim().split(/\s+/)
  const longest = Math.max(...words.map((word) => word.length))
  const fits = (size: number): boolean => {
    const letters = LINE_WIDTH / (size * LETTER)
    return longest <= letters && linesOf(words, letters) * size * LINE_HEIGHT <= HEIGHT
  }
  return SIZES.find(fits) ?? SIZES.at(-1) ?? 6
}
