// The API in memory for tests of whole pages: kept prompts, stories, configuration, engines. Behaves as the contract says.

import { http, HttpResponse, type RequestHandler } from 'msw'
import type { Configuration, Engine, Prompt, Story } from '../api'

export const AT = '2026-05-01T19:00:00Z'

export function aStory(part: Partial<Story> = {}): Story {
  return {
    id: 'story-1',
    title: 'Der Fuchs im Schnee',
    language: 'de',
    brief: { prompt: 'ein Fuchs im Schnee', language: 'de', age_band: '6-8', length: 'short' },
    state: 'done',
    head_id: 'passage-1',
    engine: 'storyteller',
    model: null,
    seed: 7,
    prompt_id: null, profile_id: null, waits_for_approval: false,
    opening: 'Es war einmal ein Fuchs.',
    word_count: 240,
    can_undo: false,
    can_redo: false,
    created_at: AT,
    updated_at: AT,
    deleted_at: null,
    generation: null,
    ...part,
  }
}

const refusal = (slug: string, status: number, extra: object = {}) =>
  HttpResponse.json(
    { type: `urn:storybot:problem:${slug}`, title: slug, status, detail: slug, trace_id: 'trace-of-test', ...extra },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  )

const always = { label: null, model: null, models: [], host: null, shared: false }

export class FakeApi {
  prompts: Prompt[] = []
  stories: Story[] = []
  configuration: Configuration = {
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
    limits: { prompt_chars: 4000, text_chars: 100_000, wish_chars: 1000, title_chars: 200, import_bytes: 1_000_000, open_generations: 8 },
  }
  engines: Engine[] = [
    { ...always, name: 'storyteller', kind: 'storyteller', state: 'ready', available: true, reason: null, default: true, place: 'here' },
    { ...always, name: 'openai', kind: 'openai', state: 'off', available: false, reason: 'engine-not-configured', default: false, place: 'sent' },
  ]
  /** Bodies of `POST /stories`, with their idempotency keys. */
  readonly begun: { key: string | null; body: Record<string, unknown> }[] = []
  /** What is refused: `POST /prompts` → a slug with its status, or 'network' for no answer. */
  readonly refused = new Map<string, 'network' | [slug: string, status: number, extra?: object]>()
  private binned: Prompt[] = []

  private answer(what: string, then: () => Response | Promise<Response>): Response | Promise<Response> {
    const refused = this.refused.get(what)
    if (refused === 'network') return HttpResponse.error()
    return refused ? refusal(...refused) : then()
  }

  readonly handlers: RequestHandler[] = [
    http.get('*/api/configuration', () => this.answer('GET /configuration', () => HttpResponse.json(this.configuration))),
    http.patch('*/api/configuration', ({ request }) =>
      this.answer('PATCH /configuration', async () => {
        this.configuration = { ...this.configuration, ...((await request.json()) as Partial<Configuration>) }
        return HttpResponse.json(this.configuration)
      }),
    ),
    http.get('*/api/engines', () => this.answer('GET /engines', () => HttpResponse.json(this.engines))),
    http.get('*/api/healthz', () => this.answer('GET /healthz', () => HttpResponse.json({ status: 'ok' }))),
    http.get('*/api/prompts', () => this.answer('GET /prompts', () => HttpResponse.json(this.prompts))),
    http.post('*/api/prompts', ({ request }) =>
      this.answer('POST /prompts', async () => {
        const { content } = (await request.json()) as { content: string }
        const prompt = { id: this.prompts.length + 10, content, created_at: AT }
        this.prompts = [prompt, ...this.prompts]
        return HttpResponse.json(prompt, { status: 201 })
      }),
    ),
    http.delete('*/api/prompts/:id', ({ params }) =>
      this.answer('DELETE /prompts', () => {
        const id = Number(params.id)
        this.binned = [...this.binned, ...this.prompts.filter((prompt) => prompt.id === id)]
        this.prompts = this.prompts.filter((prompt) => prompt.id !== id)
        return new HttpResponse(null, { status: 204 })
      }),
    ),
    http.post('*/api/prompts/:id/restore', ({ params }) => {
      const back = this.binned.find((prompt) => prompt.id === Number(params.id))
      if (!back) return refusal('not-found', 404)
      this.prompts = [back, ...this.prompts]
      return HttpResponse.json(back)
    }),
    http.get('*/api/exports', () => HttpResponse.json([])),
    http.get('*/api/imports', () => HttpResponse.json([])),
    http.get('*/api/stories', () => this.answer('GET /stories', () => HttpResponse.json(this.stories))),
    http.post('*/api/stories', ({ request }) =>
      this.answer('POST /stories', async () => {
        const body = (await request.json()) as Record<string, unknown>
        this.begun.push({ key: request.headers.get('Idempotency-Key'), body })
        const story = aStory({ id: 'story-new', title: 'Neu', state: 'done' })
        this.stories = [story, ...this.stories]
        return HttpResponse.json(story, { status: 201 })
      }),
    ),
  ]
}
