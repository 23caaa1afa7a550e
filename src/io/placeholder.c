/* placeholder */ typedef int io_placeholder;
