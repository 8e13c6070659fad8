// The parts of the page that only a server with accounts needs, and their texts.

import { withTexts } from './i18n'
import { lazyPage } from './lazyPage'

const door = () => withTexts('account', () => import('../features/account/door'))
const house = () => withTexts('account', () => import('../features/account/house'))

export const EntryPage = lazyPage(async () => ({ default: (await door()).EntryPage }), 'when needed')
export const SignInAgain = lazyPage(async () => ({ default: (await door()).SignInAgain }), 'when needed')
export const AccountMenu = lazyPage(async () => ({ default: (await house()).AccountMenu }), 'when needed')
export const AccountPage = lazyPage(async () => ({ default: (await house()).AccountPage }), 'when needed')
export const AdminPage = lazyPage(async () => ({ default: (await house()).AdminPage }), 'when needed')
export const ChildHome = lazyPage(async () => ({ default: (await house()).ChildHome }), 'when needed')
export const FamilyPage = lazyPage(async () => ({ default: (await house()).FamilyPage }), 'when needed')
export const VerifyProvider = lazyPage(async () => ({ default: (await house()).VerifyProvider }), 'when needed')
