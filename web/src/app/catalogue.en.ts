import problem from '../api/problem.en'
import story from '../features/story/story.en'
import page from '../lib/i18n/en'

export default { page, story, problem }
