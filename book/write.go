package book

import (
	"errors"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// MaxCell is what a spreadsheet keeps in a cell, in UTF-16 units, with some room.
const MaxCell = 32_000

// Writer writes a workbook sheet by sheet.
type Writer struct {
	f     *excelize.File
	sheet *excelize.StreamWriter
	first bool
	row   int
}

// NewWriter begins a workbook.
func NewWriter() *Writer { return &Writer{f: excelize.NewFile(), first: true} }

// Sheet begins a sheet, whose first rows stay in sight when it is scrolled.
func (w *Writer) Sheet(title string, header int) error {
	if err := w.flush(); err != nil {
		return err
	}
	var err error
	if w.first {
		err = w.f.SetSheetName("Sheet1", title)
	} else {
		_, err = w.f.NewSheet(title)
	}
	if err != nil {
		return err
	}
	if w.sheet, err = w.f.NewStreamWriter(title); err != nil {
		return err
	}
	w.first, w.row = false, 0
	if header == 0 {
		return nil
	}
	return w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: header, TopLeftCell: "A" + strconv.Itoa(header+1), ActivePane: "bottomLeft"})
}

// Row writes a row: texts, numbers, and nil for what is empty. A number that needs more
// digits than a spreadsheet keeps is written as a text.
func (w *Writer) Row(cells ...any) error {
	for i, c := range cells {
		if v, ok := c.(float64); ok && !short(v) {
			cells[i] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	w.row++
	return w.sheet.SetRow("A"+strconv.Itoa(w.row), cells)
}

// short reports whether 15 digits say a number whole.
func short(v float64) bool {
	again, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	return err == nil && again == v
}

func (w *Writer) flush() error {
	if w.sheet == nil {
		return nil
	}
	return w.sheet.Flush()
}

// WriteTo writes the whole file. Nothing may follow but Close.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	return w.f.WriteTo(out)
}

// Close drops what was not written out.
func (w *Writer) Close() error { return errors.Join(w.f.Close()) }
