//! Devices.

use std::ffi::{c_char, c_int};
use std::os::fd::IntoRawFd;
use std::{fs, ptr};

use dispose_core::{Close, status};
use dispose_releases::libc;
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

library! {
    USB "libusb" in "libusb-1.0.so.0";
    version { let version = libusb_get_version().cast::<u16>(); format!("{}.{}.{}", *version, *version.add(1), *version.add(2)) };
    fn libusb_get_version() -> P;
    fn libusb_init(context: *mut P) -> c_int;
    fn libusb_exit(context: P);
}

row! {
    usb USB "context" "libusb_exit"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = libusb_exit))]
            context: P,
        }
    }
    |seen| {
        unsafe {
            let before = descriptors();
            let (mut first, mut second) = (ptr::null_mut(), ptr::null_mut());
            assert_eq!((libusb_init(&raw mut first), libusb_init(&raw mut second)), (0, 0));
            assert!(descriptors() > before);
            Context { context: first }.close().unwrap();
            seen.void();
            seen.order("each context by itself", descriptors() > before);
            Context { context: second }.close().unwrap();
            assert_eq!(descriptors(), before);
            assert_eq!((libusb_init(ptr::null_mut()), libusb_init(ptr::null_mut())), (0, 0));
            libusb_exit(NULL);
            let counted = descriptors() > before;
            libusb_exit(NULL);
            seen.null("means the default context, which is counted: `Option<()>` for it", counted && descriptors() == before);
        }
    }
}

library! {
    UDEV "libudev" in "libudev.so.1";
    version UDEV.file_version();
    fn udev_new() -> P;
    fn udev_ref(udev: P) -> P;
    fn udev_unref(udev: P) -> P;
    fn udev_enumerate_new(udev: P) -> P;
    fn udev_enumerate_unref(list: P) -> P;
    fn udev_enumerate_get_udev(list: P) -> P;
}

row! {
    udev UDEV "context, list" "udev_unref, udev_enumerate_unref"
    {
        #[derive(Close)]
        struct List {
            #[unmanaged(unsafe(release = udev_unref), check = status::ignore)]
            udev: P,
            #[unmanaged(unsafe(release = udev_enumerate_unref), check = status::ignore)]
            list: P,
        }
    }
    |seen| {
        unsafe {
            let udev = udev_new();
            assert!(udev_unref(udev).is_null());
            seen.success("null, or the pointer while there are other references: no failure");
            let udev = udev_ref(udev_new());
            let answer = udev_unref(udev);
            seen.not_so("a pointer other than null is not a failure", answer == udev);
            let list = udev_enumerate_new(udev);
            seen.null("accepted", udev_unref(NULL).is_null() && udev_enumerate_unref(NULL).is_null());
            List { udev, list }.close().unwrap();
            let udev = udev_new();
            let list = udev_enumerate_new(udev);
            let asked = udev_enumerate_get_udev(list) == udev;
            udev_unref(udev);
            udev_enumerate_unref(list);
            assert!(asked);
        }
    }
}

library! {
    INPUT "libinput" in "libinput.so.10";
    version INPUT.file_version();
    fn libinput_path_create_context(interface: *const [P; 2], data: P) -> P;
    fn libinput_ref(context: P) -> P;
    fn libinput_unref(context: P) -> P;
}

row! {
    input INPUT "context" "libinput_unref"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = libinput_unref), check = status::ignore)]
            context: P,
        }
    }
    |seen| {
        extern "C" fn open() -> c_int {
            -1
        }
        let open = open as extern "C" fn() -> c_int as *const () as P;
        let interface = [open, open];
        unsafe {
            let before = descriptors();
            let context = libinput_ref(libinput_path_create_context(&raw const interface, NULL));
            assert!(!context.is_null() && descriptors() > before);
            let first = libinput_unref(context);
            let still = descriptors() > before;
            Context { context }.close().unwrap();
            assert_eq!(descriptors(), before);
            seen.success("null, or the pointer while there are other references");
            seen.not_so("a pointer other than null is not a failure", first == context && still);
            seen.null("accepted", libinput_unref(NULL).is_null());
        }
    }
}

library! {
    EVDEV "libevdev" in "libevdev.so.2";
    version EVDEV.file_version();
    fn libevdev_new() -> P;
    fn libevdev_set_fd(device: P, fd: c_int) -> c_int;
    fn libevdev_free(device: P);
}

row! {
    evdev EVDEV "device" "libevdev_free"
    {
        #[derive(Close)]
        struct Device {
            #[unmanaged(unsafe(release = libc::close), check = status::errno, invalid = -1)]
            fd: c_int,
            #[unmanaged(unsafe(release = libevdev_free))]
            device: P,
        }
    }
    |seen| {
        unsafe {
            let fd = fs::File::open("/dev/null").unwrap().into_raw_fd();
            let device = libevdev_new();
            libevdev_set_fd(device, fd);
            libevdev_free(device);
            seen.void();
            seen.order("before its descriptor, which it does not close", is_open(fd));
            Device { fd, device: libevdev_new() }.close().unwrap();
            assert!(!is_open(fd));
            libevdev_free(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    BLKID "libblkid" in "libblkid.so.1";
    version { let mut version = ptr::null(); blkid_get_library_version(&mut version, ptr::null_mut()); text(version) };
    fn blkid_get_library_version(version: *mut *const c_char, date: *mut *const c_char) -> c_int;
    fn blkid_new_probe() -> P;
    fn blkid_new_probe_from_filename(path: *const c_char) -> P;
    fn blkid_probe_set_device(probe: P, fd: c_int, offset: i64, size: i64) -> c_int;
    fn blkid_free_probe(probe: P);
}

row! {
    probe BLKID "probe" "blkid_free_probe"
    {
        #[derive(Close)]
        struct Probe {
            #[unmanaged(unsafe(release = blkid_free_probe))]
            probe: P,
        }
    }
    |seen| {
        unsafe {
            fs::write(scratch("disk"), vec![0; 65_536]).unwrap();
            let probe = blkid_new_probe_from_filename(scratch_c("disk").as_ptr());
            assert_eq!(opened("disk"), 1);
            Probe { probe }.close().unwrap();
            seen.void();
            let closed = opened("disk") == 0;
            let fd = fs::File::open(scratch("disk")).unwrap().into_raw_fd();
            let probe = blkid_new_probe();
            assert_eq!(blkid_probe_set_device(probe, fd, 0, 0), 0);
            Probe { probe }.close().unwrap();
            seen.order("closes what it has opened by name, and not the descriptor that it was given", closed && is_open(fd));
            blkid_free_probe(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    MOUNT "libmount" in "libmount.so.1";
    version { let mut version = ptr::null(); mnt_get_library_version(&mut version); text(version) };
    fn mnt_get_library_version(version: *mut *const c_char) -> c_int;
    fn mnt_new_table() -> P;
    fn mnt_new_fs() -> P;
    fn mnt_fs_set_source(fs: P, source: *const c_char) -> c_int;
    fn mnt_fs_get_source(fs: P) -> *const c_char;
    fn mnt_table_add_fs(table: P, fs: P) -> c_int;
    fn mnt_unref_fs(fs: P);
    fn mnt_unref_table(table: P);
    fn mnt_free_table(table: P);
}

row! {
    mounts MOUNT "table, its file system" "mnt_unref_table, mnt_unref_fs"
    {
        #[derive(Close)]
        struct Mounts {
            #[unmanaged(unsafe(release = mnt_unref_table))]
            table: P,
            #[unmanaged(unsafe(release = mnt_unref_fs))]
            entry: P,
        }
    }
    |seen| {
        unsafe {
            let (table, entry) = (mnt_new_table(), mnt_new_fs());
            assert_eq!((mnt_fs_set_source(entry, c"here".as_ptr()), mnt_table_add_fs(table, entry)), (0, 0));
            mnt_unref_table(table);
            seen.void();
            seen.order("any: counted", text(mnt_fs_get_source(entry)) == "here");
            let table = mnt_new_table();
            assert!(freed(|| Mounts { table, entry }.close().unwrap()) > 100);
            mnt_unref_table(NULL);
            mnt_unref_fs(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    HID "hidapi" in "libhidapi-hidraw.so.0";
    version text(hid_version_str());
    fn hid_version_str() -> *const c_char;
    fn hid_init() -> c_int;
    fn hid_exit() -> c_int;
}

row! {
    hid HID "library" "hid_exit"
    {
        #[derive(Close)]
        struct Library {
            #[unmanaged(unsafe(release = |()| hid_exit()), check = status::zero)]
            started: Option<()>,
        }
    }
    |seen| {
        unsafe {
            assert_eq!((hid_init(), hid_init()), (0, 0));
            Library { started: Some(()) }.close().unwrap();
            seen.success(0);
            seen.not_so("not counted, and 0 however often", hid_exit() == 0 && hid_exit() == 0);
        }
    }
}
