package risk

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/env"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"

	"fengsui"
)

const (
	maxFormula = 2000 // bytes of an expression
	maxInputs  = 32

	// MaxCost bounds what one evaluation may cost, in the units of CEL's own
	// estimate: about one for each operator and each name. There being no loops the
	// estimate is what an evaluation can cost at most, so nothing is counted again
	// while it runs (CEL's CostLimit would make that five times slower).
	MaxCost = 200
)

// Formula (公式) is a rule that people compose: a CEL expression over named
// numbers. The language is CEL (Common Expression Language, cel-spec v0.25) cut
// down to numbers and conditions: + - * /, comparisons, && || !, ?: and the
// functions of formulaFunctions. There are no texts, lists, loops or regular
// expressions in it, so what one evaluation costs is known before it goes live.
//
// What is no number (a division by zero, a root of less than zero, an overflow)
// has no value; && and || absorb it where the other side decides, as CEL has it.
type Formula struct {
	Inputs []Input `yaml:"inputs" json:"inputs" nullable:"false"`
	Expr   string  `yaml:"expr" json:"expr"`

	program cel.Program
	bool    bool
	cost    uint64
	memory  *sync.Pool // of *inputs: an evaluation needs one
}

// Input is a number that a formula names: by an ASCII code in the expression, by
// its labels in front of people.
type Input struct {
	Code string `yaml:"code" json:"code"`
	Zh   string `yaml:"zh" json:"zh"`
	En   string `yaml:"en" json:"en"`
	Unit string `yaml:"unit" json:"unit,omitempty"`
}

var (
	codePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

	// celWords are CEL's own (cel-spec, lexis) and cannot name an input.
	celWords = strings.Fields("true false null in as break const continue else for function if import let loop package namespace return var void while")

	// logic is what the expression takes over from CEL; arithmetic is ours, since
	// CEL's own lets infinities through.
	logic = []string{operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals,
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals}

	formulaFunctions = map[string]any{
		operators.Add:      func(a, b float64) float64 { return a + b },
		operators.Subtract: func(a, b float64) float64 { return a - b },
		operators.Multiply: func(a, b float64) float64 { return a * b },
		operators.Divide:   func(a, b float64) float64 { return a / b },
		operators.Negate:   func(a float64) float64 { return -a },
		"min":              func(a, b float64) float64 { return min(a, b) },
		"max":              func(a, b float64) float64 { return max(a, b) },
		"abs":              math.Abs,
		"sqrt":             math.Sqrt,
		"floor":            math.Floor,
		"ceil":             math.Ceil,
	}

	// language is CEL without inputs. The first formula makes it.
	language = sync.OnceValues(newLanguage)
)

func newLanguage() (*cel.Env, error) {
	subset := env.NewLibrarySubset().SetDisableMacros(true)
	for _, name := range logic {
		subset.AddIncludedFunctions(env.NewFunction(name))
	}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset)), cel.ClearMacros(),
		cel.ParserExpressionSizeLimit(maxFormula), cel.ParserRecursionLimit(60), cel.ParserErrorRecoveryLimit(1),
	}
	for name, f := range formulaFunctions {
		id := "number " + name
		switch f := f.(type) {
		case func(a float64) float64:
			opts = append(opts, cel.Function(name, cel.Overload(id, []*cel.Type{cel.DoubleType}, cel.DoubleType,
				cel.UnaryBinding(func(a ref.Val) ref.Val { return number(f(float64(a.(types.Double)))) }))))
		case func(a, b float64) float64:
			opts = append(opts, cel.Function(name, cel.Overload(id, []*cel.Type{cel.DoubleType, cel.DoubleType}, cel.DoubleType,
				cel.BinaryBinding(func(a, b ref.Val) ref.Val {
					return number(f(float64(a.(types.Double)), float64(b.(types.Double))))
				}))))
		}
	}
	return cel.NewCustomEnv(opts...)
}

var errNoNumber = types.NewErr("no number")

// number is a result as CEL has it; what is no number is an error there.
func number(v float64) ref.Val {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return errNoNumber
	}
	return types.Double(v)
}

// Compile checks a formula and makes it ready: a rule that could cost too much, or
// is more than numbers and conditions, is refused here and never runs (A18).
func (f *Formula) Compile() error {
	path := "formula.inputs"
	bad := func(format string, args ...any) error {
		return &flaw{err: fengsui.Errorf(fengsui.Invalid, "formula_invalid", "the formula "+format, args...), path: path}
	}
	if len(f.Inputs) == 0 || len(f.Inputs) > maxInputs {
		return bad("needs 1 to %d inputs, it has %d", maxInputs, len(f.Inputs))
	}
	path = "formula.expr"
	if f.Expr == "" || len(f.Expr) > maxFormula {
		return bad("has %d bytes: write 1 to %d", len(f.Expr), maxFormula)
	}
	var names []cel.EnvOption
	seen := map[string]bool{}
	for i, in := range f.Inputs {
		path = fmt.Sprint("formula.inputs.", i)
		switch {
		case !codePattern.MatchString(in.Code) || slices.Contains(celWords, in.Code):
			return bad("cannot name an input %q: a code is a small letter, then letters, digits and _, and no word of CEL", in.Code)
		case seen[in.Code]:
			return bad("has two inputs called %q: give one of them another code", in.Code)
		case in.Zh == "" || in.En == "":
			return bad("has the input %q without a label: give it zh and en", in.Code)
		}
		seen[in.Code] = true
		names = append(names, cel.Variable(in.Code, cel.DoubleType))
	}
	path = "formula.expr"
	base, err := language()
	if err != nil {
		return err
	}
	e, err := base.Extend(names...)
	if err != nil {
		return err
	}
	parsed, issues := e.Parse(f.Expr)
	if issues.Err() != nil {
		return at(bad("cannot be read: %s", first(issues)), issues)
	}
	if why, id := foreign(parsed.NativeRep().Expr(), seen); why != "" {
		err := bad("%s", why)
		if f, ok := errors.AsType[*flaw](err); ok {
			place := parsed.NativeRep().SourceInfo().GetStartLocation(id)
			f.line, f.column = place.Line(), place.Column()+1
		}
		return err
	}
	checked, issues := e.Check(parsed)
	if issues.Err() != nil {
		return at(bad("does not fit together: %s", first(issues)), issues)
	}
	cost, err := e.EstimateCost(checked, free{})
	if err != nil {
		return bad("cannot be weighed: %v", err)
	}
	if cost.Max > MaxCost {
		return &flaw{path: path, err: fengsui.Errorf(fengsui.Invalid, "formula_costly", "the formula costs up to %d an evaluation, at most %d are allowed: make it shorter", cost.Max, MaxCost)}
	}
	f.program, err = e.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return bad("cannot be made ready: %v", err)
	}
	f.bool, f.cost = checked.OutputType().IsExactType(cel.BoolType), cost.Max
	codes := make([]string, len(f.Inputs))
	for i, in := range f.Inputs {
		codes[i] = in.Code
	}
	f.memory = &sync.Pool{New: func() any { return &inputs{codes: codes} }}
	return nil
}

// first is the first of CEL's complaints, with its place.
func first(issues *cel.Issues) string {
	e := issues.Errors()[0]
	return fmt.Sprintf("line %d, column %d: %s", e.Location.Line(), e.Location.Column()+1, e.Message)
}

// at is a flaw with the place of the first of CEL's complaints.
func at(err error, issues *cel.Issues) error {
	if f, ok := errors.AsType[*flaw](err); ok {
		place := issues.Errors()[0].Location
		f.line, f.column = place.Line(), place.Column()+1
	}
	return err
}

// foreign says what of an expression is not numbers and conditions, and where, or nothing. It
// makes numbers of whole numbers, so that people may write 2 for 2.0.
func foreign(root ast.Expr, inputs map[string]bool) (why string, id int64) {
	refuse := func(e ast.Expr, format string, args ...any) {
		if why == "" {
			why, id = fmt.Sprintf(format, args...), e.ID()
		}
	}
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.LiteralKind:
			switch v := e.AsLiteral().(type) {
			case types.Double, types.Bool:
			case types.Int:
				e.SetKindCase(ast.NewExprFactory().NewLiteral(e.ID(), types.Double(v)))
			case types.Uint:
				e.SetKindCase(ast.NewExprFactory().NewLiteral(e.ID(), types.Double(v)))
			default:
				refuse(e, "has a constant that is no number: %s", v.Type().TypeName())
			}
		case ast.IdentKind:
			if !inputs[e.AsIdent()] {
				refuse(e, "names %q, which is none of its inputs", e.AsIdent())
			}
		case ast.CallKind:
			name := e.AsCall().FunctionName()
			if _, ours := formulaFunctions[name]; e.AsCall().IsMemberFunction() || !ours && !slices.Contains(logic, name) {
				refuse(e, "uses %q: there are + - * / comparisons && || ! ?: and min, max, abs, sqrt, floor, ceil", strings.Trim(name, "_@"))
			}
		default:
			refuse(e, "has a list, a map, a loop or a field: only numbers and conditions are allowed")
		}
	}))
	return why, id
}

// free leaves every cost to CEL's own estimate.
type free struct{}

func (free) EstimateSize(checker.AstNode) *checker.SizeEstimate { return nil }
func (free) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

// Bool reports whether the formula is a condition; otherwise it is a number.
func (f *Formula) Bool() bool { return f.bool }

// Cost is the most that one evaluation costs, at most MaxCost.
func (f *Formula) Cost() uint64 { return f.cost }

// weighed is what people hear of a formula before it is kept; nil for none, and for one
// that cannot be read.
func (f *Formula) weighed() *fengsui.FormulaCheck {
	if f == nil || f.program == nil && f.Compile() != nil {
		return nil
	}
	return &fengsui.FormulaCheck{Cost: f.cost, Most: MaxCost, Condition: f.bool}
}

// Functions are what an expression may call, by name.
func Functions() []fengsui.FormulaFunction {
	list := []fengsui.FormulaFunction{}
	for _, name := range slices.Sorted(maps.Keys(formulaFunctions)) {
		if !codePattern.MatchString(name) {
			continue // an operator
		}
		f := fengsui.FormulaFunction{Name: name, Args: 1}
		if _, two := formulaFunctions[name].(func(a, b float64) float64); two {
			f.Args = 2
		}
		list = append(list, f)
	}
	return list
}

// Value evaluates the formula over its inputs, in their order; a condition is 1 or
// 0. ok is false when an input or what comes out is no number. Any goroutine may
// call it.
func (f *Formula) Value(in []float64) (v float64, ok bool) {
	a := f.memory.Get().(*inputs)
	defer f.memory.Put(a)
	a.values = in
	out, _, err := f.program.Eval(a)
	a.values = nil
	if err != nil {
		return 0, false
	}
	switch out := out.(type) {
	case types.Double:
		return float64(out), !math.IsNaN(float64(out)) && !math.IsInf(float64(out), 0)
	case types.Bool:
		if out {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// inputs are what CEL finds its names in.
type inputs struct {
	codes  []string
	values []float64
}

// ResolveName finds an input. One without a value is not there, which is an error
// unless && or || can do without it.
func (a *inputs) ResolveName(name string) (any, bool) {
	for i, c := range a.codes {
		if c == name {
			v := a.values[i]
			return types.Double(v), !math.IsNaN(v) && !math.IsInf(v, 0)
		}
	}
	return nil, false
}

// Parent is none.
func (a *inputs) Parent() interpreter.Activation { return nil }
