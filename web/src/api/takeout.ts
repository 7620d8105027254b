import { ask } from './client'

/** A file that leaves the platform: asked for as every call is, so that who takes it can be asked to show again who they are, and then saved under the server's name for it. */
export async function takeOut(call: Promise<{ data?: unknown; error?: unknown; response: Response }>): Promise<void> {
  let name = 'fengsui'
  const file = await ask(
    call.then((answer) => {
      name = /filename="?([^";]+)"?/.exec(answer.response.headers.get('Content-Disposition') ?? '')?.[1] ?? name
      return answer
    }),
  )
  const a = document.createElement('a')
  a.href = URL.createObjectURL(file as Blob)
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(a.href), 60_000) // the browser may still be reading it
}
