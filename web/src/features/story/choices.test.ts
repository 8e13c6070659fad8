import { describe, expect, it } from 'vitest'
import { apart, choicesOf, proseOf } from './choices'

describe('the decision at the end of a passage', () => {
  const text = 'Es war dunkel.\n\nUnd nun?\n\n→ Die Lampe anzünden\n\n→ Die Eule rufen'

  it('is told apart from the prose', () => {
    expect(choicesOf(text)).toEqual(['Die Lampe anzünden', 'Die Eule rufen'])
    expect(proseOf(text)).toBe('Es war dunkel.\n\nUnd nun?')
    expect(choicesOf(text.replaceAll('\n\n→', '\n→'))).toEqual(['Die Lampe anzünden', 'Die Eule rufen'])
  })

  it('is nothing but lines at the very end', () => {
    for (const other of ['Sie ging nach Norden → Süden.', '→ Eins\n\nDas war das Ende.', '→ Eins', 'Eins\n\n→', '']) {
      expect(choicesOf(other)).toEqual([])
    }
    const paragraphs = ['Eins']
    expect(apart(paragraphs).prose).toBe(paragraphs)
  })
})
