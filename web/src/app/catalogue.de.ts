import problem from '../api/problem.de'
import page from '../lib/i18n/de'

export default { page, problem }
