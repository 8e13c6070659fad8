import type problem from '../api/problem.de'
import type story from '../features/story/story.de'
import type page from '../lib/i18n/de'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'page'
    resources: { page: typeof page; story: typeof story; problem: typeof problem }
    returnNull: false
  }
}
