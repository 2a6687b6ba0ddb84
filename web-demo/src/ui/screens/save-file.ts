/** Offers bytes as a download. A data address: the content policy allows no blob pages. */
export function saveFile(name: string, bytes: Uint8Array): void {
  const link = document.createElement('a')
  link.href = `data:application/octet-stream;base64,${btoa(String.fromCharCode(...bytes))}`
  link.download = name
  link.click()
}
