//! Devices.

use std::ffi::{c_char, c_int, c_long, c_uint, c_ulong};
use std::os::fd::IntoRawFd;
use std::process::Command;
use std::{fs, mem, ptr};

use dispose_core::{Close, status};
use dispose_releases::libc;
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, missing, row, text};

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
            let returned = udev_unref(udev);
            seen.means("a pointer other than null is not a failure", returned == udev);
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
            seen.means("a pointer other than null is not a failure", first == context && still);
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
            seen.order("not counted, and 0 however often", hid_exit() == 0 && hid_exit() == 0);
        }
    }
}

library! {
    EXT2FS "e2fsprogs" in "libext2fs.so.2";
    version {
        let mut version = ptr::null();
        ext2fs_get_library_version(&mut version, ptr::null_mut());
        text(version)
    };
    fn ext2fs_get_library_version(version: *mut *const c_char, date: *mut *const c_char) -> c_int;
    fn ext2fs_open(path: *const c_char, flags: c_int, superblock: c_int, size: c_uint, manager: P, fs: *mut P) -> c_long;
    fn ext2fs_read_inode(fs: P, inode: u32, data: *mut Inode) -> c_long;
    fn ext2fs_write_inode(fs: P, inode: u32, data: *mut Inode) -> c_long;
    fn ext2fs_mark_super_dirty(fs: P);
    fn ext2fs_flush(fs: P) -> c_long;
    fn ext2fs_close(fs: P) -> c_long;
    fn ext2fs_close_free(fs: *mut P) -> c_long;
    fn ext2fs_free(fs: P);
}

/// A `struct ext2_inode`, up to the time of change.
#[repr(C)]
#[derive(Default)]
struct Inode {
    before: [u32; 4],
    changed: u32,
    after: [u32; 27],
}

row! {
    ext2 EXT2FS "file system of an image" "ext2fs_close_free, ext2fs_close"
    {
        #[derive(Close)]
        struct FileSystem {
            #[unmanaged(check = status::zero, unsafe(release = |mut fs| {
                let flushed = ext2fs_flush(fs);
                let closed = ext2fs_close_free(&mut fs);
                if flushed == 0 { closed } else { flushed }
            }))]
            fs: P,
        }
    }
    |seen| {
        unsafe {
            let open = |flags| {
                let mut fs = ptr::null_mut();
                let manager = *EXT2FS.symbol("unix_io_manager").cast::<P>();
                assert_eq!(ext2fs_open(scratch_c("image").as_ptr(), flags, 0, 0, manager, &mut fs), 0);
                fs
            };
            let changed = |of: P| {
                let mut inode = Inode::default();
                assert_eq!(ext2fs_read_inode(of, 11, &mut inode), 0);
                inode.changed
            };
            let start = |time| {
                let _ = fs::remove_file(scratch("image"));
                fs::File::create(scratch("image")).unwrap().set_len(4 << 20).unwrap();
                let Ok(made) = Command::new("/sbin/mke2fs").arg("-qF").arg(scratch("image")).status() else { missing("mke2fs") };
                assert!(made.success());
                let (fs, mut inode) = (open(1), Inode::default());
                assert_eq!(ext2fs_read_inode(fs, 11, &mut inode), 0);
                inode.changed = time;
                assert_eq!(ext2fs_write_inode(fs, 11, &mut inode), 0);
                FileSystem { fs }
            };
            let written = |time| {
                let fs = open(0);
                let written = changed(fs) == time;
                ext2fs_free(fs);
                written
            };
            start(4242).close().unwrap();
            seen.success(0);
            assert!(written(4242));
            let full = start(4243);
            let status = no_room(0, || code(full.close()));
            seen.failure(status, "`EFBIG`, no room");
            let mut silent = start(4244);
            let closed = no_room(0, || ext2fs_close_free(&mut silent.fs));
            std::mem::forget(silent);
            seen.not_so("0 although an inode is lost: it flushes only if the superblock is marked as changed. `ext2fs_flush` in the closure", closed == 0 && !written(4244));
            let stuck = std::mem::ManuallyDrop::new(start(4245)).fs;
            ext2fs_mark_super_dirty(stuck);
            assert_eq!(no_room(0, || ext2fs_close(stuck)), 27);
            let kept = opened("image") == 1 && ext2fs_close(stuck) == 0 && written(4245);
            seen.kept("by `ext2fs_close`, and a second call saves all; `ext2fs_close_free` releases it also then", kept);
            let mut freed = std::mem::ManuallyDrop::new(start(4246)).fs;
            ext2fs_mark_super_dirty(freed);
            assert_eq!(no_room(0, || ext2fs_close_free(&mut freed)), 27);
            assert_eq!(opened("image"), 0);
            let only_read = FileSystem { fs: open(0) }.close();
            seen.order("only one that was opened for writing is flushed: else `EBADF`", code(only_read) == 9);
        }
    }
}

library! {
    PARTED "libparted" in "libparted.so.2";
    version text(ped_get_version());
    fn ped_get_version() -> *const c_char;
    fn ped_exception_set_handler(handler: extern "C" fn(P) -> c_int);
    fn ped_device_get(path: *const c_char) -> P;
    fn ped_device_open(device: P) -> c_int;
    fn ped_device_write(device: P, data: *const u8, start: i64, count: i64) -> c_int;
    fn ped_device_sync(device: P) -> c_int;
    fn ped_device_close(device: P) -> c_int;
    fn ped_device_destroy(device: P);
}

row! {
    parted PARTED "device, its open state" "ped_device_close, ped_device_destroy"
    {
        #[derive(Close)]
        struct Device {
            /// One for the process: each `ped_device_get` of a path returns the same one.
            #[unmanaged(unsafe(release = ped_device_destroy))]
            device: P,
            #[unmanaged(check = status::one, invalid = false, unsafe(release = |_| {
                let synced = ped_device_sync(self.device);
                let closed = ped_device_close(self.device);
                if synced == 1 { closed } else { synced }
            }))]
            open: bool,
        }
    }
    |seen| {
        extern "C" fn cancel(_: P) -> c_int {
            64
        }
        unsafe {
            ped_exception_set_handler(cancel);
            fs::File::create(scratch("disk")).unwrap().set_len(8 << 20).unwrap();
            let get = || ped_device_get(scratch_c("disk").as_ptr());
            let open = || {
                let device = get();
                assert_eq!(ped_device_open(device), 1);
                Device { device, open: true }
            };
            open().close().unwrap();
            seen.success(1);
            Device { device: get(), open: false }.close().unwrap();
            let device = get();
            let aborted = aborts(|| status::ignore(ped_device_close(device)));
            ped_device_destroy(device);
            seen.order("close, destroy; closing what is not open aborts, so a flag is the field", aborted);
            let broken = || {
                let broken = open();
                assert_eq!(ped_device_write(broken.device, [1; 512].as_ptr(), 100, 1), 1);
                let fd = fs::read_dir("/proc/self/fd").unwrap().map(Result::unwrap).find(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == scratch("disk")));
                libc::close(fd.unwrap().file_name().to_str().unwrap().parse().unwrap());
                broken
            };
            let status = code(broken().close());
            seen.failure(status, "of `ped_device_sync`, the descriptor was closed elsewhere");
            let mut lost = broken();
            let closed = ped_device_close(lost.device);
            lost.open = false;
            lost.close().unwrap();
            seen.loses("`ped_device_close` is 1 although it could not write: sync first; what is not committed is left undone", closed == 1);
            let (one, two) = (get(), get());
            seen.not_so("one for the process: the same path is the same device, uncounted; the first `ped_device_destroy` ends both", one == two);
            ped_device_destroy(one);
        }
    }
}

library! {
    KMOD "libkmod" in "libkmod.so.2";
    version KMOD.file_version();
    fn kmod_new(folder: *const c_char, configuration: P) -> P;
    fn kmod_ref(context: P) -> P;
    fn kmod_unref(context: P) -> P;
    fn kmod_module_new_from_name(context: P, name: *const c_char, module: *mut P) -> c_int;
    fn kmod_module_get_name(module: P) -> *const c_char;
    fn kmod_module_ref(module: P) -> P;
    fn kmod_module_unref(module: P) -> P;
    fn kmod_module_unref_list(list: P) -> c_int;
}

row! {
    kmod KMOD "context, module" "kmod_unref, kmod_module_unref"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = kmod_unref), check = status::ignore, unsafe(clone = kmod_ref))]
            context: P,
        }
        #[derive(Close)]
        struct Module {
            #[unmanaged(unsafe(release = kmod_module_unref), check = status::ignore, unsafe(clone = kmod_module_ref))]
            module: P,
        }
    }
    |seen| {
        unsafe {
            let open = || {
                let context = kmod_new(scratch_c("").as_ptr(), NULL);
                let mut module = NULL;
                assert_eq!(kmod_module_new_from_name(context, c"name".as_ptr(), &mut module), 0);
                (context, module)
            };
            open(); // what it allocates once
            let before = allocated();
            let (context, module) = open();
            let opened = allocated() - before;
            let first = kmod_unref(context);
            let alive = text(kmod_module_get_name(module)) == "name";
            let last = kmod_module_unref(module);
            let all = allocated() <= before;
            seen.success("null, or the pointer while there are other references");
            seen.means("a pointer other than null is not a failure", first == context && last.is_null() && opened > 100);
            seen.order("any: a module holds its context", alive && all);
            let before = allocated();
            let (context, module) = open();
            let mut same = NULL;
            assert_eq!(kmod_module_new_from_name(context, c"name".as_ptr(), &mut same), 0);
            let contexts = [context, kmod_ref(context)].map(|context| Context { context });
            let one = Module { module };
            let two = one.clone();
            one.close().unwrap();
            drop(contexts[0].clone());
            drop(contexts);
            let counted = kmod_module_unref(same) == same;
            two.close().unwrap();
            let all = allocated() == before;
            seen.order("the same name is the same module, counted: one release for each", same == module && counted && all);
            seen.null("null; 0 of `kmod_module_unref_list`", kmod_unref(NULL).is_null() && kmod_module_unref(NULL).is_null() && kmod_module_unref_list(NULL) == 0);
        }
    }
}

library! {
    HWLOC "hwloc" in "libhwloc.so.15";
    version HWLOC.file_version();
    fn hwloc_topology_init(topology: *mut P) -> c_int;
    fn hwloc_topology_set_synthetic(topology: P, description: *const c_char) -> c_int;
    fn hwloc_topology_load(topology: P) -> c_int;
    fn hwloc_topology_destroy(topology: P);
    fn hwloc_get_obj_by_depth(topology: P, depth: c_int, index: c_uint) -> P;
    fn hwloc_distances_get(topology: P, count: *mut c_uint, distances: *mut P, kind: c_ulong, flags: c_ulong) -> c_int;
    fn hwloc_distances_release(topology: P, distances: P);
    fn hwloc_distances_add_create(topology: P, name: *const c_char, kind: c_ulong, flags: c_ulong) -> P;
    fn hwloc_distances_add_values(topology: P, adding: P, count: c_uint, objects: *mut P, values: *mut u64, flags: c_ulong) -> c_int;
    fn hwloc_distances_add_commit(topology: P, adding: P, flags: c_ulong) -> c_int;
}

row! {
    hwloc HWLOC "topology, distances that are read or added" "hwloc_topology_destroy, hwloc_distances_release, hwloc_distances_add_commit"
    {
        #[derive(Close)]
        struct Topology {
            #[unmanaged(unsafe(release = hwloc_topology_destroy))]
            topology: P,
            #[unmanaged(unsafe(release = |distances| hwloc_distances_release(self.topology, distances)))]
            read: P,
            #[unmanaged(
                check = status::errno, unsafe(release = |adding| hwloc_distances_add_commit(self.topology, adding, 0)),
                unsafe(drop = |adding| {
                    // Fails, and frees it.
                    hwloc_distances_add_values(self.topology, adding, 0, ptr::null_mut(), ptr::null_mut(), 0);
                })
            )]
            added: P,
        }
    }
    |seen| {
        unsafe {
            let load = || {
                let mut topology = NULL;
                hwloc_topology_init(&mut topology);
                assert_eq!(hwloc_topology_set_synthetic(topology, c"node:2 core:2 pu:1".as_ptr()), 0);
                assert_eq!(hwloc_topology_load(topology), 0);
                topology
            };
            let add = |topology| hwloc_distances_add_create(topology, c"name".as_ptr(), 2 | 4, 0);
            let fill = |topology, added, count| {
                let mut objects = [0, 1].map(|index| hwloc_get_obj_by_depth(topology, 2, index));
                hwloc_distances_add_values(topology, added, count, objects.as_mut_ptr(), [1, 2, 2, 1].as_mut_ptr(), 0)
            };
            let read = |topology| {
                let (mut count, mut found) = (1, [NULL]);
                assert_eq!(hwloc_distances_get(topology, &mut count, found.as_mut_ptr(), 0, 0), 0);
                (count, found[0])
            };
            seen.void();
            let topology = load();
            let added = add(topology);
            assert_eq!(fill(topology, added, 2), 0);
            let mut owner = Topology { topology, read: NULL, added };
            let status = hwloc_distances_add_commit(topology, mem::replace(&mut owner.added, NULL), 0);
            seen.success(format!("{status} of the commit"));
            let (count, found) = read(topology);
            assert_eq!(count, 1);
            owner.read = found;
            owner.close().unwrap();
            seen.order("distances first: their release takes the topology", true);

            let topology = load();
            let before = allocated();
            let added = add(topology);
            let status = hwloc_distances_add_commit(topology, added, 0);
            let after = allocated();
            assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EINVAL));
            seen.failure(format!("{status} of the commit"), "`EINVAL`, no values");
            seen.consumed("the memory is freed", after == before);
            let before = allocated();
            let filled = fill(topology, add(topology), 1);
            let after = allocated();
            seen.not_so("`hwloc_distances_add_values` that fails has freed what was added: take it out of its field", filled == -1 && after == before);
            for values in [false, true] {
                let before = allocated();
                let added = add(topology);
                assert!(!values || fill(topology, added, 2) == 0);
                hwloc_distances_add_values(topology, added, 0, ptr::null_mut(), ptr::null_mut(), 0);
                let after = allocated();
                assert_eq!((after, read(topology).0), (before, 0));
            }
            let added = add(topology);
            fill(topology, added, 2);
            drop(Topology { topology, read: NULL, added });
            seen.order("no function cancels what is added: adding no values fails, and frees it", true);
        }
    }
}
