import { mount } from 'svelte'
import Viewer from '../ui/Viewer.svelte'
import { startViewer } from './state.svelte.ts'

// Before anything is drawn: the payload leaves the address first.
startViewer()
const target = document.getElementById('viewer')
if (target !== null) mount(Viewer, { target })
