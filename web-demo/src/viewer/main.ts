import { mount } from 'svelte'
import Viewer from '../ui/Viewer.svelte'

const target = document.getElementById('viewer')
if (target !== null) mount(Viewer, { target })
