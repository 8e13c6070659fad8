// Sets theme, type size and language before the first paint, from what this browser remembers.
// An external file, so that a strict Content-Security-Policy can hold.
;(function () {
  var root = document.documentElement
  var read = function (name) {
    try {
      return localStorage.getItem('storybot.' + name)
    } catch (blocked) {
      return null
    }
  }
  var theme = read('theme')
  if (theme !== 'paper' && theme !== 'night' && theme !== 'sepia') {
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'paper'
  }
  root.dataset.theme = theme
  var type = read('type')
  if (type === 'small' || type === 'large' || type === 'huge') root.dataset.type = type
  var language = read('language') || navigator.language
  root.lang = /^de/i.test(language) ? 'de' : 'en'
})()
