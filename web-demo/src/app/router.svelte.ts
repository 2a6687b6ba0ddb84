import { formatRoute, parseRoute, type Route } from '../logic/route.ts'

let route = $state.raw<Route>({ name: 'home' })

/** Where the app is. Reading it in a component follows it. */
export function here(): Route {
  return route
}

/** Goes there, with a step Back returns over. */
export function go(to: Route): void {
  location.hash = formatRoute(to)
}

/** Goes there instead of here: Back skips this place. */
export function replace(to: Route): void {
  history.replaceState(null, '', formatRoute(to))
  route = to
}

/** Follows the address bar. `allowed` may name another place, as while the phone is handed over. */
export function startRouter(allowed: (wanted: Route) => Route): () => void {
  const follow = () => {
    const wanted = parseRoute(location.hash)
    const place = allowed(wanted)
    if (formatRoute(place) === formatRoute(wanted)) route = wanted
    else replace(place)
  }
  addEventListener('hashchange', follow)
  follow()
  return () => removeEventListener('hashchange', follow)
}
