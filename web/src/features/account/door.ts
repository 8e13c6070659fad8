// What is needed before anybody is signed in: one part of the page, loaded only then.

export { default as EntryPage } from './EntryPage'
export { default as SignInAgain } from './SignInAgain'
