package plan

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// ParseSeconds reads a duration with its unit ("1m30s"), or a bare number of
// seconds ("5", "0.5"), as GNU parallel has them.
func ParseSeconds(s string) (time.Duration, error) {
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if !(f >= 0 && f < math.MaxInt64/1e9) {
			return 0, fmt.Errorf("%q is out of range", s)
		}
		return time.Duration(f * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration, such as 10s or 1m30s", s)
	}
	return d, nil
}
