package crash

import "strings"

// isNativeLibrary reports whether a file, of source or machine code, belongs to
// the C library, the compiler's runtime or another installed library.
func isNativeLibrary(file string) bool {
	file = strings.TrimPrefix(file, "./")
	for _, dir := range []string{"/usr/lib", "/lib/", "/lib64/", "/usr/include/", "/usr/local/lib", "/usr/src/", "/rustc/", "csu/", "nptl/", "sysdeps/", "malloc/", "stdlib/abort", "/opt/homebrew/"} {
		if strings.HasPrefix(file, dir) {
			return true
		}
	}
	for _, part := range []string{"/sysdeps/", "/include/c++/", "/libsanitizer/", "/compiler-rt/", "/csu/", "/nptl/", "/.cargo/registry/", "/.cargo/git/", "/rustc-"} {
		if strings.Contains(file, part) {
			return true
		}
	}
	base := file[strings.LastIndexByte(file, '/')+1:]
	return strings.HasPrefix(base, "libc.so") || strings.HasPrefix(base, "libstdc++") || strings.HasPrefix(base, "libasan") || strings.HasPrefix(base, "libtsan")
}
