import type { components } from './schema'

// Short names for the generated types.

type S = components['schemas']

export type Level = 'none' | 'blue' | 'yellow' | 'orange' | 'red'

export type Me = S['Me']
export type Warning = S['WarningView']
export type WarningDetail = S['WarningDetail']
export type TimelineItem = S['TimelineItem']
export type Step = S['StepView']
export type Push = S['PushView']
export type Order = S['OrderView']
export type Enterprise = S['EnterpriseView']
export type EnterpriseDetail = S['EnterpriseDetail']
export type Contact = S['Contact']
export type Point = S['PointView']
export type Trend = S['Trend']
export type Party = S['PartyView']
export type Sector = S['SectorView']
export type ModelCard = S['ModelCard']
export type Counts = S['WarningCounts']
export type Entry = S['Entry']
export type Key = S['Key']
export type User = S['User']
export type Token = S['Token']
export type Evidence = S['File']
export type FeedChange = S['FeedChange']
export type ImportReport = S['ImportReport']
export type Plan = S['Plan']
export type ModelVersion = S['ModelVersion']
export type ModelCheck = S['ModelCheck']
export type Replay = S['Replay']
export type Raised = S['Raised']
export type Grading = S['Grading']
export type Vehicle = S['VehicleView']
export type TrackPoint = S['TrackPoint']
