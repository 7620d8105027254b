/** Every screen by who opens it; walked by pages.spec.ts, pictured by screens.spec.ts. */
export const visits: { role: string; pages: string[] }[] = [
  { role: 'duty', pages: ['/watch', '/handovers', '/map', '/warnings', '/orders', '/firms', '/devices', '/quality', '/fences', '/models', '/admin/strays', '/admin/state', '/troubles', '/held', '/health', '/me', '/outages', '/offline', '/complaints', '/complaints/new'] },
  { role: 'enterprise', pages: ['/watch', '/warnings', '/orders', '/firms', '/roster', '/outages', '/outages/new'] },
  { role: 'bureau', pages: ['/watch', '/handovers', '/models/process_flow', '/models/new', '/gradings', '/audit', '/audit/limits', '/audit/false-alarms', '/audit/gaps', '/audit/thresholds', '/seal', '/admin', '/admin/performance', '/outages', '/sorted', '/complaints', '/report'] },
  { role: 'admin', pages: ['/warnings', '/admin', '/admin/keys', '/admin/import'] },
  { role: 'security', pages: ['/admin', '/admin/users', '/admin/tokens', '/me'] },
  { role: 'leader', pages: ['/wall'] },
  { role: 'auditor', pages: ['/audit', '/seal'] },
]
