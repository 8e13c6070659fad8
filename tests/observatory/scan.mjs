// Grades what a server answers as the MDN HTTP Observatory does, without asking anybody else.
//
//   node scan.mjs <folder of node_modules> <host> <http port> <https port> <path> …
//
// Prints a JSON object: for each path its grade, its score and the tests that cost points or failed.
// The steps are those of the package's own `scan`, which knows neither ports nor paths.

import { existsSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [modules, host, httpPort, httpsPort, ...paths] = process.argv.slice(2)
const at = `${modules}/@mdn/mdn-http-observatory`
// The list of preloaded hosts is fetched at the package's installation, and this one is installed without that: none is.
const preloaded = `${at}/conf/hsts-preload.json`
if (!existsSync(preloaded)) writeFileSync(preloaded, '{}')

const part = (name) => import(pathToFileURL(`${at}/src/${name}.js`).href)
const { retrieve } = await part('retriever/retriever')
const { ALL_TESTS } = await part('constants')
const { getGradeForScore, getScoreModifier } = await part('grader/grader')
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await part('grader/charts')

async function graded(path) {
  const found = await retrieve(host, { httpPort, httpsPort, path })
  if (!found.responses.auto) throw new Error(`no answer at ${path}`)
  const tests = ALL_TESTS.map((test) => test(found))
  const points = tests.map(({ result }) => getScoreModifier(result))
  const base = 100 + points.filter((one) => one < 0).reduce((sum, one) => sum + one, 0)
  const score = base >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? 100 + points.reduce((sum, one) => sum + one, 0) : base
  const lost = tests.filter(({ pass }, index) => !pass || points[index] < 0).map(({ result }) => result)
  return { ...getGradeForScore(score), status: found.responses.auto.status, lost }
}

console.log(JSON.stringify(Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await graded(path)])))))
