/** A picture to look for a code in. */
export interface Look {
  id: number
  picture: ImageData
  /** Take more time: for a single picture rather than a stream. */
  hard: boolean
}

export interface Looked {
  id: number
  text: string | null
  /** The reader itself failed: it could not be loaded, most often. */
  error?: string
}
