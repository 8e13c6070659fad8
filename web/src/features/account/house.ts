// What is needed once somebody is signed in: one part of the page, loaded only then.

export { default as AccountMenu } from './AccountMenu'
export { default as AccountPage } from './AccountPage'
export { default as AdminPage } from './AdminPage'
export { default as ChildHome } from './ChildHome'
export { default as FamilyPage } from './FamilyPage'
export { VerifyProvider } from './Verify'
