import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasmAddress from 'zxing-wasm/reader/zxing_reader.wasm?url'
import type { Looked, Look } from './scan.ts'

// Without this the library asks a host of its own for the file.
prepareZXingModule({ overrides: { locateFile: () => wasmAddress } })

self.onmessage = async ({ data }: MessageEvent<Look>) => {
  self.postMessage(await look(data))
}

async function look({ id, picture, hard }: Look): Promise<Looked> {
  try {
    const found = await readBarcodes(picture, { formats: ['QRCode'], tryHarder: hard, tryInvert: hard, maxNumberOfSymbols: 1 })
    const [code] = found.filter((result) => result.isValid)
    return { id, text: code?.text ?? null }
  } catch (error) {
    return { id, text: null, error: error instanceof Error ? error.message : String(error) }
  }
}
