// A server for tests: one story with its tree, its generations and their event streams, in memory,
// behaving as the API's contract says. Tests write the text piece by piece.

import { http, HttpResponse, type JsonBodyType } from 'msw'
import type { Generation, Passage, ProblemDetails, Story } from '../../../api'
import { FakeTree } from './fakeTree'

type Terminal = 'done' | 'stopped' | 'failed'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const STREAM = { 'Content-Type': 'text/event-stream' }

export const problemDetails = (slug: string, status: number, extra: object = {}): ProblemDetails => ({
  type: `urn:storybot:problem:${slug}`,
  title: slug,
  detail: '',
  status,
  trace_id: 'trace-of-test',
  ...extra,
})

export class FakeServer {
  readonly tree: FakeTree
  /** What has been asked for, as `POST /stories/…`. */
  readonly asked: string[] = []
  /** Bodies of the POST and PATCH requests, in order. */
  readonly bodies: unknown[] = []
  /** Requests that are refused: `POST passages` → problem, or a network failure for 'network'. */
  readonly refusals = new Map<string, ProblemDetails | 'network'>()
  private readonly readers = new Set<{ generationId: string; controller: ReadableStreamDefaultController<Uint8Array> }>()

  constructor(tree = new FakeTree()) {
    this.tree = tree
  }

  /** Appends text to the running generation and hands it to who reads. */
  write(...pieces: string[]): void {
    const generation = this.tree.running()
    const log = this.tree.log(generation.id)
    for (const piece of pieces) {
      log.push(piece)
      this.send(generation.id, this.event(log.length, piece))
    }
    this.tree.sync(generation)
  }

  /** Ends the running generation. */
  end(state: Terminal, problem: ProblemDetails | null = null): void {
    const generation = this.tree.running()
    this.tree.end(generation, state, problem)
    this.send(generation.id, this.terminal(generation))
    this.cut(generation.id)
  }

  /** Cuts the connections of everyone who reads. */
  cut(generationId?: string): void {
    for (const reader of this.readers) {
      if (generationId && reader.generationId !== generationId) continue
      this.readers.delete(reader)
      reader.controller.close()
    }
  }

  private send(generationId: string, text: string): void {
    for (const reader of this.readers) if (reader.generationId === generationId) reader.controller.enqueue(encode(text))
  }

  private event(seq: number, text: string): string {
    return `id: ${seq}\nevent: text\ndata: ${JSON.stringify({ text })}\n\n`
  }

  private terminal({ state, last_seq, problem }: Generation): string {
    return `event: ${state}\ndata: ${JSON.stringify({ state, last_seq, problem })}\n\n`
  }

  private stream(id: string, after: number): Response {
    const generation = this.tree.generation(id)
    const known = this.tree.log(id).slice(after).map((piece, index) => this.event(after + index + 1, piece)).join('')
    const over = generation.state !== 'queued' && generation.state !== 'running'
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(encode(`: open\n\n${known}${over ? this.terminal(generation) : ''}`))
        if (over) controller.close()
        else this.readers.add({ generationId: id, controller })
      },
    })
    return new HttpResponse(body, { headers: STREAM })
  }

  /** MSW handlers for everything that the story page asks for. */
  handlers() {
    const { tree } = this
    const answer = (name: string, request: Request, make: (body: never) => JsonBodyType | Response | Promise<Response>, status = 200) =>
      this.answer(name, request, make as (body: unknown) => JsonBodyType | Response | Promise<Response>, status)
    return [
      http.get('*/api/configuration', () => HttpResponse.json(tree.configuration)),
      http.get('*/api/engines', () => HttpResponse.json(tree.engines)),
      http.get('*/api/stories', () => HttpResponse.json([tree.story])),
      http.get('*/api/stories/:id', ({ request }) => answer('GET story', request, () => tree.story)),
      http.patch('*/api/stories/:id', ({ request }) =>
        answer('PATCH story', request, ({ title }: { title: string }) => Object.assign(tree.story, { title })),
      ),
      http.delete('*/api/stories/:id', ({ request }) => answer('DELETE story', request, () => new HttpResponse(null, { status: 204 }))),
      http.post('*/api/stories/:id/restore', ({ request }) => answer('POST restore', request, () => tree.story)),
      http.get('*/api/stories/:id/passages', ({ request }) => answer('GET passages', request, () => tree.branch())),
      http.post('*/api/stories/:id/passages', ({ request }) =>
        answer('POST passages', request, (body: Parameters<FakeTree['act']>[0]) => tree.act(body), 202),
      ),
      http.post('*/api/stories/:id/head', ({ request }) =>
        answer('POST head', request, (body: Parameters<FakeTree['head']>[0]) => tree.head(body)),
      ),
      http.post('*/api/generations/:id/stop', ({ request }) =>
        answer('POST stop', request, () => {
          this.end('stopped')
          return {} as JsonBodyType
        }),
      ),
      http.get('*/api/generations/:id/events', ({ request, params }) =>
        answer('GET events', request, () => this.stream(String(params.id), Number(new URL(request.url).searchParams.get('after')))),
      ),
    ]
  }

  private async answer(
    name: string,
    request: Request,
    make: (body: unknown) => JsonBodyType | Response | Promise<Response>,
    status: number,
  ): Promise<Response> {
    this.asked.push(name)
    const refusal = this.refusals.get(name)
    if (refusal === 'network') return HttpResponse.error()
    if (refusal) return HttpResponse.json(refusal, { status: refusal.status })
    const body: unknown = request.method === 'POST' || request.method === 'PATCH' ? await request.json().catch(() => null) : null
    if (body !== null) this.bodies.push(body)
    const made = await make(body)
    return made instanceof Response ? made : HttpResponse.json(made, { status })
  }
}

export type { Passage, Story }
