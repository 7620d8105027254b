import { Kept } from '@/logic/kept'

/** The browser's own store: acts that wait, and what was last seen. */
export const kept = new Kept()

/**
 * A telephone, or the console as it was installed: it opens without a link, and shows what
 * was last seen. On a desk nothing that was read stays behind in the browser.
 */
export const handheld = matchMedia('(max-width: 720px)').matches || matchMedia('(display-mode: standalone)').matches
