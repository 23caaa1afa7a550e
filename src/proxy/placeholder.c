/* placeholder */ typedef int proxy_placeholder;
