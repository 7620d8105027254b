// Package bench measures the figures of DESIGN §11 that the push loop and vehicle
// terminals touch: the whole platform in a process of its own, over HTTPS and JT/T
// 808, with the load generator in the test's process and rivals in the same run; the
// same field on three processes over PostgreSQL and NATS beside one with its own engines;
// and a hundred users with live feeds open. It passes or fails nothing by time.
//
//	make bench                          a table, and bench/latest.json
//	FENGSUI_BENCH_LONG=1 make bench     longer runs, more log before the restart
//	FENGSUI_BENCH_PROFILE=dir make bench  CPU profiles of platform and history, too
//
// A part of it: go test -run '^$' -bench Figures/clocks -benchtime 1x ./bench; the
// file is written by a whole run alone.
//
// Each figure has the CPU-seconds that it cost each side, and how many cores others
// used meanwhile: on a shared machine read ratios, and samples per CPU-second.
//
// There is nothing here but tests. The test program is started again as the
// platform (app.Open with three models a point), as its history child and as the
// bare store, all of which end with the test.
package bench
