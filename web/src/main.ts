import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, speak } from './i18n'
import { router } from './router'
import { tick } from './state/now'
import { usePrefs } from './state/prefs'
import { install } from './state/version'
import './tokens.css'
import './base.css'

const app = createApp(App)
app.use(createPinia())
await speak(usePrefs().language)
tick()
app.use(i18n).use(router).mount('#app')
void install()
