import { createRouter, createWebHistory } from 'vue-router'
import SignIn from './pages/SignIn.vue'
import { useSession } from './state/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's name in the texts. */
    title: string
    /** The right without which the page does not exist for its reader. */
    needs?: string
    open?: boolean
    plain?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/watch' },
    // With the console itself: whoever loses the link and the session finds it all the same.
    { path: '/sign-in', component: SignIn, meta: { title: 'page.signIn', open: true, plain: true } },
    { path: '/first', component: () => import('./pages/First.vue'), meta: { title: 'page.first', plain: true } },
    { path: '/watch', component: () => import('./pages/Watch.vue'), meta: { title: 'page.watch' } },
    { path: '/map', component: () => import('./pages/District.vue'), meta: { title: 'page.map' } },
    { path: '/warnings', component: () => import('./pages/Warnings.vue'), meta: { title: 'page.warnings' } },
    { path: '/warnings/:id', component: () => import('./pages/Case.vue'), props: true, meta: { title: 'page.warning' } },
    { path: '/orders', component: () => import('./pages/Orders.vue'), meta: { title: 'page.orders' } },
    { path: '/orders/:id', component: () => import('./pages/Order.vue'), props: true, meta: { title: 'page.order' } },
    { path: '/outages', component: () => import('./pages/Outages.vue'), meta: { title: 'page.outages' } },
    { path: '/outages/new', component: () => import('./pages/OutageNew.vue'), meta: { title: 'outage.new', needs: 'declare' } },
    { path: '/outages/:id', component: () => import('./pages/Outage.vue'), props: true, meta: { title: 'page.outage' } },
    { path: '/offline', component: () => import('./pages/Offline.vue'), meta: { title: 'page.offline' } },
    { path: '/sorted', component: () => import('./pages/Sorted.vue'), meta: { title: 'page.sorted' } },
    { path: '/complaints', component: () => import('./pages/Complaints.vue'), meta: { title: 'page.complaints', needs: 'complaints' } },
    { path: '/complaints/new', component: () => import('./pages/ComplaintNew.vue'), meta: { title: 'complaint.takeDown', needs: 'intake' } },
    { path: '/complaints/:id', component: () => import('./pages/Complaint.vue'), props: true, meta: { title: 'page.complaint', needs: 'complaints' } },
    { path: '/report', component: () => import('./pages/Report.vue'), meta: { title: 'page.report', open: true, plain: true } },
    { path: '/firms', component: () => import('./pages/Firms.vue'), meta: { title: 'page.firms' } },
    { path: '/firms/:id', component: () => import('./pages/Firm.vue'), props: true, meta: { title: 'page.firm' } },
    { path: '/firms/:id/quality', component: () => import('./pages/FirmQuality.vue'), props: true, meta: { title: 'page.quality' } },
    { path: '/quality', component: () => import('./pages/Quality.vue'), meta: { title: 'page.quality' } },
    { path: '/points/:id', component: () => import('./pages/Point.vue'), props: true, meta: { title: 'page.point' } },
    { path: '/devices', component: () => import('./pages/Devices.vue'), meta: { title: 'page.devices' } },
    { path: '/devices/:id', component: () => import('./pages/Device.vue'), props: true, meta: { title: 'page.device' } },
    { path: '/fences', component: () => import('./pages/Fences.vue'), meta: { title: 'page.fences' } },
    { path: '/models', component: () => import('./pages/Models.vue'), meta: { title: 'page.models', needs: 'models' } },
    { path: '/models/new', component: () => import('./pages/ModelNew.vue'), meta: { title: 'page.model', needs: 'draft' } },
    { path: '/models/:id', component: () => import('./pages/Model.vue'), props: true, meta: { title: 'page.model', needs: 'models' } },
    { path: '/gradings', component: () => import('./pages/Gradings.vue'), meta: { title: 'page.gradings', needs: 'models' } },
    { path: '/handovers', component: () => import('./pages/Handovers.vue'), meta: { title: 'page.handovers', needs: 'watch' } },
    { path: '/handovers/:id', component: () => import('./pages/Handover.vue'), props: true, meta: { title: 'page.handover', needs: 'watch' } },
    { path: '/roster', component: () => import('./pages/Roster.vue'), meta: { title: 'page.roster', needs: 'roster' } },
    { path: '/troubles', component: () => import('./pages/Troubles.vue'), meta: { title: 'page.troubles', needs: 'pushes' } },
    { path: '/held', component: () => import('./pages/Held.vue'), meta: { title: 'page.held', needs: 'pushes' } },
    { path: '/audit', component: () => import('./pages/Audit.vue'), meta: { title: 'page.audit', needs: 'audit' } },
    { path: '/audit/:question(limits|false-alarms|gaps|thresholds)', component: () => import('./pages/AuditQuestion.vue'), props: true, meta: { title: 'page.audit', needs: 'audit' } },
    { path: '/seal', component: () => import('./pages/Seal.vue'), meta: { title: 'page.seal', needs: 'audit' } },
    { path: '/health', component: () => import('./pages/Health.vue'), meta: { title: 'page.health', needs: 'health' } },
    { path: '/activate', component: () => import('./pages/Activate.vue'), meta: { title: 'page.activate', open: true, plain: true } },
    { path: '/approvals', component: () => import('./pages/Approvals.vue'), meta: { title: 'page.approvals' } },
    { path: '/people', component: () => import('./pages/People.vue'), meta: { title: 'page.people', needs: 'people' } },
    { path: '/wall', component: () => import('./pages/Wall.vue'), meta: { title: 'page.wall', open: true, plain: true } },
    { path: '/me', component: () => import('./pages/Me.vue'), meta: { title: 'page.me' } },
    { path: '/admin', component: () => import('./pages/admin/Admin.vue'), meta: { title: 'page.admin' } },
    { path: '/admin/users', component: () => import('./pages/admin/Users.vue'), meta: { title: 'page.users', needs: 'accounts' } },
    { path: '/admin/keys', component: () => import('./pages/admin/Keys.vue'), meta: { title: 'page.keys', needs: 'keys' } },
    { path: '/admin/tokens', component: () => import('./pages/admin/Tokens.vue'), meta: { title: 'page.tokens', needs: 'accounts' } },
    { path: '/admin/import', component: () => import('./pages/admin/Import.vue'), meta: { title: 'page.import', needs: 'registry' } },
    { path: '/admin/strays', component: () => import('./pages/admin/Strays.vue'), meta: { title: 'page.strays', needs: 'quarantine' } },
    { path: '/admin/performance', component: () => import('./pages/admin/Performance.vue'), meta: { title: 'page.performance', needs: 'figures' } },
    { path: '/admin/state', component: () => import('./pages/admin/State.vue'), meta: { title: 'page.state' } },
    { path: '/:rest(.*)*', component: () => import('./pages/Missing.vue'), meta: { title: 'page.missing' } },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  const session = useSession()
  try {
    // One who is shown as last seen does not wait for the server at every step.
    if (!session.me) await session.resume()
  } catch {
    // No answer: the page itself says so and tries again.
  }
  if (to.meta.open) return true
  if (session.asked && !session.me) return { path: '/sign-in', query: { ...(to.path === '/' ? {} : { to: to.fullPath }), ...(session.over ? { over: '1' } : {}) } }
  if (session.me?.must && to.path !== '/first') return { path: '/first', query: { to: to.fullPath } }
  return true
})
