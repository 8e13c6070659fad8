// What may import what is the last block: ui → nothing; lib → nothing; api → lib; a feature → api, ui, lib; app → all.
import js from '@eslint/js'
import { createNodeResolver, importX } from 'eslint-plugin-import-x'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import globals from 'globals'
import { readdirSync } from 'node:fs'
import tseslint from 'typescript-eslint'

const at = (path) => `./src/${path}`
const features = readdirSync(new URL('./src/features', import.meta.url))
const otherFeatures = features.map((name) => ({
  target: at(`features/${name}`),
  from: at('features'),
  except: [`./${name}`],
  message: 'A feature never imports another one: what both need belongs in ui, lib or api.',
}))
const zone = (target, from, message) => ({ target: at(target), from: from.map(at), message })

export default tseslint.config(
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  { files: ['*.js'], languageOptions: { globals: globals.node } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, jsxA11y.flatConfigs.strict],
    languageOptions: { globals: globals.browser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // What a JSON body holds is the caller's to say, in one place.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'jsx-a11y/label-has-associated-control': ['error', { assert: 'either', depth: 5 }],
      // Lists without bullets lose their role in Safari unless it is said again.
      'jsx-a11y/no-redundant-roles': ['error', { ul: ['list'], ol: ['list'] }],
    },
  },
  {
    files: ['src/**/*.test.{ts,tsx}', 'src/test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['public/*.js'],
    languageOptions: { globals: globals.browser, sourceType: 'script' },
    rules: { 'no-unused-vars': ['error', { caughtErrors: 'none' }] },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/test/**', 'src/**/*.test.{ts,tsx}'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.css'] })] },
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: [
            zone('ui', ['app', 'api', 'lib', 'features'], 'ui knows nothing of the rest: hand it in as props.'),
            zone('lib', ['app', 'api', 'ui', 'features'], 'lib imports nothing of the page.'),
            zone('api', ['app', 'ui', 'features'], 'api may import only lib.'),
            zone('features', ['app'], 'app puts the features together, not the other way round.'),
            ...otherFeatures,
          ],
        },
      ],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
    },
  },
)
