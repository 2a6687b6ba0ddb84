import type { Attachment } from 'svelte/attachments'

/**
 * For what appears in the place of a button that was pressed, with `tabindex="-1"`: whoever uses ears or a keyboard goes on from there,
 * and not from the top of the page.
 */
export const takesFocus: Attachment<HTMLElement> = (element) => element.focus({ preventScroll: true })
