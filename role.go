package fengsui

// Role (账号类型): the nine of the console, the committee office, and the two who
// share administration with the administrator (三员: GB/T 22239-2019, 8.1.5): one keeps
// the system, one gives rights, one watches both, and nobody does two of it.
type Role string

const (
	RoleDuty       Role = "duty"         // 值班员
	RoleShift      Role = "shift_leader" // 值班长
	RoleEnterprise Role = "enterprise"   // 企业安全员
	RoleZone       Role = "zone"         // 功能区安全管理部门
	RoleRegulator  Role = "regulator"    // 行业主管部门
	RoleBureau     Role = "bureau"       // 区应急局
	RoleCommittee  Role = "committee"    // 区安委办
	RoleLeader     Role = "leader"       // 领导
	RoleDiscipline Role = "discipline"   // 纪检监察
	RoleAdmin      Role = "admin"        // 系统管理员: registry, keys, what came from unknown points
	RoleSecurity   Role = "security"     // 安全管理员: accounts, roles, tokens
	RoleAuditor    Role = "auditor"      // 审计管理员: reads the journal, changes nothing
)

// Roles lists every role.
var Roles = []Role{RoleDuty, RoleShift, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau, RoleCommittee, RoleLeader, RoleDiscipline, RoleAdmin, RoleSecurity, RoleAuditor}

// Administrative reports whether a role is one of the three that administer.
func (r Role) Administrative() bool { return r == RoleAdmin || r == RoleSecurity || r == RoleAuditor }

// Act names what a person may do.
type Act string

const (
	ActSee        Act = "see"        // warnings, enterprises, values in scope
	ActConfirm    Act = "confirm"    // 接警
	ActNote       Act = "note"       // a note or a call on the record
	ActRemind     Act = "remind"     // 催办
	ActAssign     Act = "assign"     // 转派
	ActShelve     Act = "shelve"     // 抑制 (never a red one)
	ActMerge      Act = "merge"      // 并案
	ActVerify     Act = "verify"     // 核实
	ActHandle     Act = "handle"     // 处置
	ActReport     Act = "report"     // 反馈
	ActAccident   Act = "accident"   // 判定为事故, starts the plan (A19)
	ActAsk        Act = "ask"        // 申请降级 or 消警: stops no clock
	ActDecide     Act = "decide"     // 降级, 消警, 误报; the policy says who at which level
	ActOrder      Act = "order"      // carry out a supervision order, record its result
	ActRoutine    Act = "routine"    // close a routine item
	ActPlan       Act = "plan"       // tick a plan's checklist
	ActAudit      Act = "audit"      // read the journal
	ActRelease    Act = "release"    // release held clocks
	ActRegistry   Act = "registry"   // import and change enterprises, devices, points
	ActKeys       Act = "keys"       // issue, rotate, revoke push keys
	ActAccounts   Act = "accounts"   // users and tokens
	ActUpload     Act = "upload"     // evidence files
	ActContacts   Act = "contacts"   // see full telephone numbers; each look is journalled
	ActPushes     Act = "pushes"     // see deliveries with their receivers
	ActQuarantine Act = "quarantine" // look at what came from unknown points
	ActReceive    Act = "receive"    // 签收: say that the party has got its push
	ActResend     Act = "resend"     // send a push again that was refused or given up
	ActPeople     Act = "people"     // set back accounts of one's own party; of these roles only those who were named (User.Lead)
	ActRoster     Act = "roster"     // contacts and roster of one's own organisation
	ActHealth     Act = "health"     // 运行状态: see how the platform runs, settle its faults (A41)
	ActWatch      Act = "watch"      // see how shifts were handed over
	ActHandover   Act = "handover"   // 交接班: hand the watch over, and take it over
	ActModels     Act = "models"     // read risk models, their replays and grading standards (A18, A35)
	ActDraft      Act = "draft"      // write, replay and submit them: the operator drafts (A35)
	ActApprove    Act = "approve"    // release, refuse, retire models; guide grading standards: the regulators guide (A35)
	ActDeclare    Act = "declare"    // 停用申报: ask that points be out of use, cancel, end early (A36)
	ActExamine    Act = "examine"    // 核实: say what is true of a declared outage; sort a failure under Article 25 (A37)
	ActLeave      Act = "leave"      // 书面允许: approve, refuse, shorten a declared outage; the bureau's
	ActComplaints Act = "complaints" // read complaints and leads: all of them, or those handed to one's own party (A42)
	ActIntake     Act = "intake"     // take one down that came by telephone, letter or in person
	ActDispatch   Act = "dispatch"   // hand them to a party, close them: the bureau does the daily work (A10)
	ActRespond    Act = "respond"    // answer those handed to one's own party
	ActReporter   Act = "reporter"   // see who complained; each look is journalled
	ActFigures    Act = "figures"    // 报警绩效: see what warnings ask of the duty room, and of whom
)

// Acts lists every act.
var Acts = []Act{ActSee, ActConfirm, ActNote, ActRemind, ActAssign, ActShelve, ActMerge, ActVerify, ActHandle, ActReport, ActAccident, ActAsk, ActDecide,
	ActOrder, ActRoutine, ActPlan, ActAudit, ActRelease, ActRegistry, ActKeys, ActAccounts, ActUpload, ActContacts, ActPushes, ActQuarantine, ActReceive, ActResend, ActPeople, ActRoster, ActHealth, ActWatch, ActHandover, ActModels, ActDraft, ActApprove,
	ActDeclare, ActExamine, ActLeave, ActComplaints, ActIntake, ActDispatch, ActRespond, ActReporter, ActFigures}

// highest says up to which peak level a role may do an act; absent: not at all.
// Acts without a warning use None, which every entry allows.
var may = map[Act]map[Role]Level{
	ActSee:        allow(Red, Roles...),
	ActConfirm:    allow(Red, RoleDuty, RoleShift),
	ActNote:       allow(Red, RoleDuty, RoleShift, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau),
	ActRemind:     allow(Red, RoleDuty, RoleShift, RoleZone, RoleRegulator, RoleBureau),
	ActAssign:     allow(Red, RoleShift, RoleZone, RoleRegulator, RoleBureau),
	ActShelve:     allow(Orange, RoleDuty, RoleShift),
	ActMerge:      allow(Red, RoleDuty, RoleShift),
	ActVerify:     allow(Red, RoleEnterprise),
	ActHandle:     allow(Red, RoleEnterprise),
	ActReport:     allow(Red, RoleEnterprise),
	ActAccident:   allow(Red, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau),
	ActAsk:        allow(Red, RoleEnterprise, RoleDuty, RoleShift, RoleZone),
	ActDecide:     allow(Red, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau),
	ActOrder:      allow(Red, RoleZone, RoleRegulator, RoleBureau),
	ActRoutine:    allow(Red, RoleEnterprise),
	ActPlan:       allow(Red, RoleEnterprise),
	ActAudit:      allow(Red, RoleDiscipline, RoleBureau, RoleCommittee, RoleAuditor),
	ActRelease:    allow(Red, RoleShift, RoleBureau),
	ActRegistry:   allow(Red, RoleAdmin),
	ActKeys:       allow(Red, RoleAdmin),
	ActAccounts:   allow(Red, RoleSecurity),
	ActUpload:     allow(Red, RoleDuty, RoleShift, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau),
	ActContacts:   allow(Red, RoleDuty, RoleShift, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau),
	ActPushes:     allow(Red, RoleDuty, RoleShift, RoleZone, RoleRegulator, RoleBureau, RoleCommittee, RoleDiscipline),
	ActQuarantine: allow(Red, RoleDuty, RoleShift, RoleAdmin),
	ActReceive:    allow(Red, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau),
	ActResend:     allow(Red, RoleDuty, RoleShift, RoleRegulator, RoleBureau),
	ActPeople:     allow(Red, RoleShift, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau, RoleCommittee, RoleDiscipline),
	ActRoster:     allow(Red, RoleShift, RoleEnterprise, RoleZone, RoleRegulator, RoleBureau, RoleAdmin),
	ActHealth:     allow(Red, RoleDuty, RoleShift, RoleBureau, RoleAdmin),
	ActWatch:      allow(Red, RoleDuty, RoleShift, RoleBureau, RoleCommittee, RoleDiscipline),
	ActHandover:   allow(Red, RoleDuty, RoleShift),
	ActModels:     allow(Red, RoleDuty, RoleShift, RoleRegulator, RoleBureau, RoleCommittee, RoleLeader, RoleDiscipline),
	ActDraft:      allow(Red, RoleShift, RoleRegulator, RoleBureau),
	ActApprove:    allow(Red, RoleRegulator, RoleBureau),
	ActDeclare:    allow(Red, RoleEnterprise),
	ActExamine:    allow(Red, RoleRegulator, RoleBureau),
	ActLeave:      allow(Red, RoleBureau),
	ActComplaints: allow(Red, RoleDuty, RoleShift, RoleZone, RoleRegulator, RoleBureau, RoleCommittee, RoleDiscipline),
	ActIntake:     allow(Red, RoleDuty, RoleShift, RoleBureau, RoleDiscipline),
	ActDispatch:   allow(Red, RoleBureau, RoleDiscipline),
	ActRespond:    allow(Red, RoleZone, RoleRegulator, RoleBureau, RoleDiscipline),
	ActReporter:   allow(Red, RoleZone, RoleRegulator, RoleBureau, RoleDiscipline),
	ActFigures:    allow(Red, RoleShift, RoleBureau, RoleAdmin),
}

func allow(up Level, roles ...Role) map[Role]Level {
	m := make(map[Role]Level, len(roles))
	for _, r := range roles {
		m[r] = up
	}
	return m
}

// Scope is what a person may see and do: role, party and the part of the
// district. It is the second argument of every exported List, Get and Act; only
// store turns it into SQL. The zero Scope sees nothing.
type Scope struct {
	User  ID
	Role  Role
	Party ID

	All        bool // the whole district
	Enterprise ID   // this enterprise alone
	Zone       ID   // this zone's enterprises
	Sectors    []Sector
	Least      Level // warnings whose peak reached it
}

// Everything is the scope of the platform's own stages.
func Everything() Scope { return Scope{All: true} }

// ScopeOf is the scope that a role has at a party.
func ScopeOf(user ID, role Role, party *Party, least Level) Scope {
	s := Scope{User: user, Role: role, Party: party.ID, Least: least}
	switch role {
	case RoleEnterprise:
		s.Enterprise = party.ID
	case RoleZone:
		s.Zone = party.ID
	case RoleRegulator:
		s.Sectors = party.Sectors
	default:
		s.All = true
	}
	return s
}

// Sees reports whether something of an enterprise, zone, sector and peak level
// lies inside. What belongs to no enterprise is seen only by All.
func (s *Scope) Sees(enterprise, zone ID, sector Sector, peak Level) bool {
	if peak != None && peak < s.Least {
		return false
	}
	if s.All {
		return true
	}
	if s.Enterprise != "" && s.Enterprise == enterprise || s.Zone != "" && s.Zone == zone {
		return true
	}
	for _, x := range s.Sectors {
		if x == sector && sector != "" {
			return true
		}
	}
	return false
}

// May reports whether the role may do an act on something whose peak level is
// given (None where there is no level).
func (s *Scope) May(a Act, peak Level) bool {
	up, ok := may[a][s.Role]
	return ok && peak <= up
}

// Allow is May as an error fit for a person.
func (s *Scope) Allow(a Act, peak Level) error {
	if s.May(a, peak) {
		return nil
	}
	return Errorf(Forbidden, "may_not", "your account may not do this (%s) at this level", a)
}

// Page asks for a part of a list: at most Limit rows from Offset on.
type Page struct {
	Offset int
	Limit  int
}
