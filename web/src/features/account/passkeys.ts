// Passkeys between the server's JSON and the browser's buffers. Written out here, as neither every browser nor every
// password manager has parse…FromJSON and toJSON. Source: W3C Web Authentication Level 3, section 5.1.

export interface Question {
  publicKey: Record<string, unknown>
  state: string
}
type Json = Record<string, unknown>

function bytesOf(text: unknown): ArrayBuffer {
  const binary = atob(String(text).replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0)).buffer
}

function textOf(bytes: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const descriptors = (list: unknown): PublicKeyCredentialDescriptor[] =>
  Array.isArray(list) ? list.map((one: Json) => ({ ...one, id: bytesOf(one.id) }) as unknown as PublicKeyCredentialDescriptor) : []

export const hasPasskeys = (): boolean => typeof window.PublicKeyCredential === 'function'

/** Whether passkeys can be offered where the address is typed. */
export async function canOfferQuietly(): Promise<boolean> {
  if (!hasPasskeys() || !('isConditionalMediationAvailable' in window.PublicKeyCredential)) return false
  return window.PublicKeyCredential.isConditionalMediationAvailable().catch(() => false)
}

const common = (credential: PublicKeyCredential): Json => ({
  id: credential.id,
  rawId: textOf(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment,
  clientExtensionResults: credential.getClientExtensionResults(),
})

/** A new passkey of this device, as the server takes it. Raises: DOMException where nothing came of it. */
export async function makeCredential(question: Json): Promise<Json> {
  const user = question.user as Json
  const publicKey = {
    ...question,
    challenge: bytesOf(question.challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: descriptors(question.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  const response = credential.response as AuthenticatorAttestationResponse
  return {
    ...common(credential),
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject),
      transports: response.getTransports(),
    },
  }
}

/** A passkey's answer to the server's question. Raises: DOMException where nothing came of it. */
export async function answerOf(question: Json, { quietly = false, signal }: { quietly?: boolean | undefined; signal: AbortSignal }): Promise<Json> {
  const publicKey = {
    ...question,
    challenge: bytesOf(question.challenge),
    allowCredentials: descriptors(question.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions
  const asked = quietly ? { publicKey, signal, mediation: 'conditional' as const } : { publicKey, signal }
  const credential = (await navigator.credentials.get(asked)) as PublicKeyCredential
  const response = credential.response as AuthenticatorAssertionResponse
  return {
    ...common(credential),
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      authenticatorData: textOf(response.authenticatorData),
      signature: textOf(response.signature),
      userHandle: response.userHandle ? textOf(response.userHandle) : null,
    },
  }
}
