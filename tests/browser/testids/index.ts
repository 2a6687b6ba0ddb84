import { app } from "./app"
import { glass } from "./glass"
import { lock } from "./lock"
import { people } from "./people"
import { record } from "./record"
import { screens } from "./screens"
import { shown } from "./shown"
import { station } from "./station"

/**
 * The names by which the browser scenarios find what a person would touch: `data-testid` of the app's elements.
 * `{…}` after a name lists further data attributes of the same element. "repeat": one element for each.
 */
export const testids = { screens, ...record, ...shown, ...people, ...glass, ...lock, ...station, ...app }
