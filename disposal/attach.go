package disposal

import (
	"fengsui"
	"fengsui/store"
)

// Attach lays files to something that another stage keeps of an enterprise, in that
// stage's transaction: whoever sees what is the enterprise's can open them.
func (d *Desk) Attach(tx *store.Tx, s fengsui.Scope, to, enterprise, zone fengsui.ID, sector fengsui.Sector, files []fengsui.ID) ([]fengsui.File, error) {
	if len(files) == 0 {
		return []fengsui.File{}, nil
	}
	found, err := usable(tx, s, files)
	if err != nil {
		return nil, err
	}
	if err := belongs(tx, fengsui.Warning{ID: to, Enterprise: enterprise, Zone: zone, Sector: sector}); err != nil {
		return nil, err
	}
	return found, attach(tx, to, files)
}
