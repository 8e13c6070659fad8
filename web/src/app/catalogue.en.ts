import problem from '../api/problem.en'
import page from '../lib/i18n/en'

export default { page, problem }
