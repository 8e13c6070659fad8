// The shape of a catalogue: the same keys, any text. `const en: Shape<typeof de>` makes tsc refuse a missing key.

export type Shape<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Shape<Item>[]
    : { readonly [Key in keyof T]: Shape<T[Key]> }
