// The colours of covers: a few limited palettes, each with its hour, from the sky down to the foreground.

export type Hour = 'morning' | 'day' | 'dusk' | 'night'

export interface Palette {
  hours: readonly Hour[]
  /** Top, middle and horizon. */
  sky: readonly [string, string, string]
  far: string
  mid: string
  near: string
  /** The darkest: foreground and figures. */
  dark: string
  light: string
  accent: string
  /** Lamps, flames, windows. */
  glow: string
  /** The title. */
  ink: string
}

const make = (hours: readonly Hour[], colours: string): Palette => {
  const [a = '', b = '', c = '', far = '', mid = '', near = '', dark = '', light = '', accent = '', glow = '', ink = ''] = colours
    .split(' ')
    .map((colour) => `#${colour}`)
  return { hours, sky: [a, b, c], far, mid, near, dark, light, accent, glow, ink }
}

/** Order of the colours: sky top, middle, horizon; far, mid, near, dark; light, accent, glow; title. */
export const palettes = {
  dawn: make(['morning'], 'f4cdb0 f9dfc3 fdf0d8 d9bfae a99c9b 6d7f83 2f4652 fff8e8 cf5336 ffd98a 3b2a33'),
  fresh: make(['morning', 'day'], 'b5d9d3 d3e8dc f4f1dc a8cdbd 6fa790 3f7f6d 1d4a47 fffaea d9583a ffdf8e 173c3d'),
  noon: make(['day'], '9fcbdf c6e1e6 f0f0df 9dc2c0 679f8c 3c7767 1f4850 fffaf0 e0633f ffe08a 12364b'),
  summer: make(['day'], 'f6c95f f9da87 fdedbd e0a35a c87941 95502f 4d2a24 fff6dc b5382b fff0ae 4a2419'),
  rose: make(['dusk', 'morning'], 'e7a7a0 f1c1ac fbe0c4 c68a90 93637a 5c4465 2f2947 fff1df c23f3c ffd48a 3a1c36'),
  rain: make(['day', 'dusk'], 'b4c3c8 cdd6d6 e9e7dd 98acb2 6e868e 475f68 253840 fdf6e6 d98d2b ffdc8c 1f333c'),
  ember: make(['dusk'], '2b3a5b 8d4f5e f0a25f 7a4a5e 50395a 30294a 191a33 fff0d0 f08a4b ffd07a fff1d6'),
  plum: make(['dusk', 'night'], '3b3166 7f5286 f0a897 775184 503c72 33295a 1b1839 fff0dc ff9d5c ffd88c fff2e2'),
  blue: make(['night'], '14224a 274a80 7fa8c4 33568a 20406e 152c52 0a1732 fff4d4 f0a848 ffd98a fff5dc'),
  teal: make(['night', 'dusk'], '0d2b38 1c5862 7fb9a5 2c6a70 1b4f58 113741 081f28 f9f3d6 ee8453 ffd884 f8f3dc'),
  violet: make(['night'], '1d173d 44326f a382b8 4b3a78 342859 221b42 120f28 fdf0dc e9765a ffd692 fbf0e2'),
  moss: make(['night', 'dusk'], '1d2f2c 3f5a48 b9b577 49604a 31473a 20322c 101d1c f6efcf d8793f f7d97c f6f1d8'),
  frost: make(['day', 'morning'], 'a9c4dc cbdce8 f3f3ee b9cede 8fadc6 f1f5f6 2d4a68 ffffff c5412d ffd686 1c3858'),
  aurora: make(['night'], '0c1a38 15505f 6fc0a0 2f6377 1f4660 dfe9ee 0b1d38 f6fbf4 e06a4d ffdd92 f2fbf2'),
  sand: make(['day', 'dusk'], 'ecc79a f3d7ae fbeaca dca772 c08150 93583a 4c2c2a fff5e0 a83a2c ffe39a 47241f'),
  cosmos: make(['night'], '0a0d26 2a2059 7d4a86 4d3878 352a63 221d48 0f0e2a fff3dc f07f5c ffd48c fff3e4'),
  deep: make(['day', 'night'], '0c4254 187081 7cc7b8 1f7f88 15606e 0e4757 07293a f4f6dc f3794e ffdf8e f3f7e2'),
} as const satisfies Record<string, Palette>

export type PaletteName = keyof typeof palettes
