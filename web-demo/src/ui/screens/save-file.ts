/** Offers bytes as a download. A data address: the content policy allows no blob pages. */
export function saveFile(name: string, bytes: Uint8Array): void {
  const link = document.createElement('a')
  link.href = `data:application/octet-stream;base64,${base64(bytes)}`
  link.download = name
  link.click()
}

/** Piece by piece: a function takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE))
  return btoa(text)
}

const PIECE = 0x8000
