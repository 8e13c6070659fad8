// What could be an address; whether it is one only a mail to it can show.

export const looksLikeAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text)
