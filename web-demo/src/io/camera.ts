import { Failure } from '../logic/result.ts'

/** A running camera. The picture never leaves this page. */
export interface Camera {
  stop(): void
  /** The present picture, or `null` while there is none yet. */
  frame(): ImageData | null
}

/** Longer sides cost time and add nothing: a code of version 22 has 105 modules. */
const MAX_SIDE = 1280

/** Starts the camera that looks away from the person and shows it in `video`. */
export async function startCamera(video: HTMLVideoElement): Promise<Camera> {
  const stream = await open()
  video.srcObject = stream
  video.muted = true
  video.playsInline = true
  await video.play()
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  return {
    stop() {
      for (const track of stream.getTracks()) track.stop()
      video.srcObject = null
    },
    frame() {
      const { videoWidth: width, videoHeight: height } = video
      if (width === 0 || context === null) return null
      const scale = Math.min(1, MAX_SIDE / Math.max(width, height))
      canvas.width = Math.round(width * scale)
      canvas.height = Math.round(height * scale)
      context.drawImage(video, 0, 0, canvas.width, canvas.height)
      return context.getImageData(0, 0, canvas.width, canvas.height)
    },
  }
}

async function open(): Promise<MediaStream> {
  // Absent in insecure pages and in some in-app browsers.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (devices === undefined) throw new Failure('camera-missing')
  const video = { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } }
  try {
    return await devices.getUserMedia({ audio: false, video })
  } catch (cause) {
    const refused = cause instanceof DOMException && (cause.name === 'NotAllowedError' || cause.name === 'SecurityError')
    throw new Failure(refused ? 'camera-refused' : 'camera-missing', '', { cause })
  }
}

/** A picture from a file, for phones whose camera refuses: a photograph or a screenshot of the code. */
export async function readPicture(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file).catch((cause: unknown) => {
    throw new Failure('not-a-picture', '', { cause })
  })
  const scale = Math.min(1, 2000 / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const context = canvas.getContext('2d')
  if (context === null) throw new Failure('not-a-picture')
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  return context.getImageData(0, 0, canvas.width, canvas.height)
}
