import problem from '../api/problem.de'
import story from '../features/story/story.de'
import page from '../lib/i18n/de'

export default { page, story, problem }
