//! Nothing: the tests own handles of Win32, so they exist on Windows only. `.ci/windows` builds them
//! elsewhere and runs them under Wine.
