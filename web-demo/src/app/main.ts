import { mount } from 'svelte'
import App from '../ui/App.svelte'
import { boot } from './boot.ts'

const target = document.getElementById('app')
if (target !== null) mount(App, { target })
void boot()
