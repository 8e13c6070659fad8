// The story tree of the fake server.

import type { Configuration, Engine, Generation, HeadAction, Passage, PassageAction, ProblemDetails, Story } from '../../../api'

const AT = '2026-05-01T19:00:00Z'

type Kept = Omit<Passage, 'sibling_index' | 'sibling_count' | 'sibling_ids'>

const always = { reason: null, default: false, model: null, models: [], shared: false }

export class FakeTree {
  /** Who could tell instead. */
  readonly engines: Engine[] = [
    { ...always, name: 'storyteller', kind: 'storyteller', label: null, state: 'ready', available: true, place: 'here', host: null },
    { ...always, name: 'openai:0123456789ab', kind: 'openai', label: 'Werkstatt', state: 'ready', available: true, place: 'sent', host: 'modelle.example' },
    { ...always, name: 'local', kind: 'local', label: null, state: 'not-downloaded', available: false, place: 'here', host: null },
  ]
  readonly story: Story
  readonly configuration: Configuration = {
    engine: null,
    model: null,
    language: null,
    theme: 'system',
    age_band: '6-8',
    length: 'short',
    style: null,
    private_names: null,
    fallbacks: null,
    default_engine: 'storyteller',
    limits: { prompt_chars: 4000, text_chars: 20_000, wish_chars: 500, title_chars: 120, import_bytes: 1_000_000, open_generations: 4 },
  }
  private readonly passages = new Map<string, Kept>()
  private readonly logs = new Map<string, string[]>()
  private readonly past: string[] = []
  private readonly future: string[] = []
  private made = 0

  /** A story whose passages were written by the storyteller, root first; without any, the first is being written. */
  constructor({ texts = [], story = {} }: { texts?: string[]; story?: Partial<Story> } = {}) {
    this.story = {
      id: 's1',
      title: 'Der Fuchs im Schnee',
      language: 'de',
      brief: { prompt: 'ein Fuchs im Schnee', language: 'de', age_band: '9-12', length: 'short', hero: { name: 'Mia' }, genre: 'Märchen' },
      state: 'queued',
      head_id: '',
      engine: 'storyteller',
      model: null,
      seed: 7,
      prompt_id: null, profile_id: null, waits_for_approval: false,
      opening: '',
      word_count: 0,
      can_undo: false,
      can_redo: false,
      created_at: AT,
      updated_at: AT,
      deleted_at: null,
      generation: null,
      ...story,
    }
    for (const text of texts) {
      const parent = this.story.head_id || null
      const passage = this.add({ parent_id: parent, action: parent ? 'continue' : 'begin', author: 'engine' })
      Object.assign(passage, { text, state: 'done', generation: null })
      this.moveTo(passage.id)
    }
    if (texts.length === 0) this.moveTo(this.generate(null, 'begin').id)
    this.past.length = 0
    this.refresh()
  }

  branch(): Passage[] {
    const branch: Passage[] = []
    for (let at = this.passages.get(this.story.head_id); at; at = at.parent_id ? this.passages.get(at.parent_id) : undefined) {
      branch.unshift(this.withSiblings(at))
    }
    return branch
  }

  act(body: PassageAction): Passage {
    const on = this.get(body.passage_id ?? this.story.head_id)
    const branch = this.branch()
    const wish = 'wish' in body ? (body.wish ?? null) : null
    let passage: Kept
    if (body.action === 'continue') passage = this.generate(on.id, 'continue', wish)
    else if (body.action === 'retry') passage = this.generate(on.parent_id, 'retry', wish, on.id)
    else {
      const parent = body.action === 'edit' ? on.parent_id : on.id
      passage = this.add({ parent_id: parent, action: body.action, author: 'reader' })
      Object.assign(passage, { text: body.text, state: 'done' })
    }
    this.moveTo(passage.id)
    if (body.action === 'edit') {
      let parent = passage.id
      for (const after of branch.slice(branch.findIndex(({ id }) => id === on.id) + 1)) {
        const copy = this.add({ parent_id: parent, action: after.action, author: after.author })
        Object.assign(copy, { text: after.text, state: 'done', generation: null })
        this.story.head_id = copy.id
        parent = copy.id
      }
    }
    this.future.length = 0
    this.refresh()
    return this.withSiblings(passage)
  }

  head(body: HeadAction): Story {
    if (body.action === 'choose') this.moveTo(this.leafBelow(body.passage_id))
    else {
      const [from, to] = body.action === 'undo' ? [this.past, this.future] : [this.future, this.past]
      to.push(this.story.head_id)
      this.story.head_id = from.pop() ?? this.story.head_id
    }
    this.refresh()
    return this.story
  }

  log(generationId: string): string[] {
    const log = this.logs.get(generationId) ?? []
    this.logs.set(generationId, log)
    return log
  }

  generation(id: string): Generation {
    for (const { generation } of this.passages.values()) if (generation?.id === id) return generation
    throw new Error(`no generation ${id}`)
  }

  running(): Generation {
    for (const { generation } of this.passages.values()) {
      if (generation && (generation.state === 'running' || generation.state === 'queued')) return generation
    }
    throw new Error('nothing is being written')
  }

  /** Brings a generation's passage up to its log. */
  sync(generation: Generation): void {
    const log = this.log(generation.id)
    generation.state = 'running'
    generation.last_seq = log.length
    Object.assign(this.get(generation.passage_id), { text: log.join(''), state: 'writing' })
    this.refresh()
  }

  end(generation: Generation, state: 'done' | 'stopped' | 'failed', problem: ProblemDetails | null): void {
    this.sync(generation)
    Object.assign(generation, { state, problem })
    this.get(generation.passage_id).state = state
    this.refresh()
  }

  private get(id: string): Kept {
    const passage = this.passages.get(id)
    if (!passage) throw new Error(`no passage ${id}`)
    return passage
  }

  private add({ parent_id, action, author }: Pick<Kept, 'parent_id' | 'action' | 'author'>): Kept {
    const id = `p${(this.made += 1)}`
    const passage: Kept = {
      id, story_id: this.story.id, parent_id, text: '', author, action, source_id: null, wish: null,
      state: 'queued', created_at: AT, generation: null,
    }
    this.passages.set(id, passage)
    return passage
  }

  private generate(parent: string | null, action: Passage['action'], wish: string | null = null, source: string | null = null): Kept {
    const passage = this.add({ parent_id: parent, action, author: 'engine' })
    const id = `g${passage.id}`
    passage.wish = wish
    passage.source_id = source
    passage.generation = {
      id, story_id: this.story.id, passage_id: passage.id, state: 'queued', engine: this.story.engine, model: null,
      events: `/api/generations/${id}/events`, last_seq: 0, thinks: false, tokens: 0, created_at: AT, started_at: null,
      first_text_at: null, finished_at: null, problem: null,
    }
    return passage
  }

  private withSiblings(passage: Kept): Passage {
    const ids = [...this.passages.values()].filter(({ parent_id }) => parent_id === passage.parent_id).map(({ id }) => id)
    return { ...passage, sibling_ids: ids, sibling_count: ids.length, sibling_index: ids.indexOf(passage.id) + 1 }
  }

  private leafBelow(id: string): string {
    const below = [...this.passages.values()].filter(({ parent_id }) => parent_id === id).at(-1)
    return below ? this.leafBelow(below.id) : id
  }

  private moveTo(id: string): void {
    if (this.story.head_id) this.past.push(this.story.head_id)
    this.story.head_id = id
  }

  private refresh(): void {
    const head = this.get(this.story.head_id)
    const text = this.branch().map((passage) => passage.text).join(' ')
    Object.assign(this.story, {
      state: head.state,
      generation: head.generation,
      can_undo: this.past.length > 0,
      can_redo: this.future.length > 0,
      word_count: text.split(/\s+/).filter(Boolean).length,
    })
  }
}
