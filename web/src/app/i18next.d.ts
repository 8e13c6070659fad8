import type problem from '../api/problem.de'
import type account from '../features/account/account.de'
import type help from '../features/help/help.de'
import type story from '../features/story/story.de'
import type storytellers from '../features/storytellers/storytellers.de'
import type settings from '../features/settings/settings.de'
import type yours from '../features/settings/yours.de'
import type page from '../lib/i18n/de'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'page'
    resources: {
      page: typeof page
      story: typeof story
      storytellers: typeof storytellers
      help: typeof help
      account: typeof account
      settings: typeof settings
      yours: typeof yours
      problem: typeof problem
    }
    returnNull: false
  }
}
