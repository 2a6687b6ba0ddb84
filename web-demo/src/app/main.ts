import { mount } from 'svelte'
import App from '../ui/App.svelte'
import { boot } from './boot.ts'

// First: the vault opens while the page is being put together.
void boot()
const target = document.getElementById('app')
if (target !== null) mount(App, { target })
