import { once } from "node:events"
import { createServer, type Server, type Socket } from "node:net"

/** Begins to listen on a port of the loopback address that nobody has. */
export async function listens(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listens(server)
  server.close()
  await once(server, "close")
  return port
}

/** Two sockets that end together; they are in `all` while they are open. */
export function ties(a: Socket, b: Socket, all: Set<Socket>): void {
  for (const [one, other] of [[a, b], [b, a]] as const) {
    all.add(one)
    one.on("error", () => other.destroy())
    one.on("close", () => {
      all.delete(one)
      other.destroy()
    })
  }
}
