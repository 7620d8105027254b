// Package book reads and writes workbooks (.xlsx, ECMA-376).
//
// Reading is for files from outside: it is bounded in bytes, parts, depth, texts, rows
// and cells whatever the file says of itself, takes values alone and runs nothing. It is
// not done by the library that writes, which holds every part in memory and passes over
// XML that breaks off. What is wrong is a fengsui.Error with a sentence for people.
//
// Writing streams row by row; beyond some MiB the library keeps the rows in a temporary
// file until Close. Texts are written as texts: none becomes a formula.
package book
