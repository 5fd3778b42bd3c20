// 256 colors of each scale, as matplotlib has them (cividis: Nunez 2018; PuOr: ColorBrewer);
// a test holds them against it.
export const HEX = {
  "cividis": [
    "00224d00234f00235000245200255400265500265700275900285b00285c00295e002a60002a62002b64",
    "002c66002c67002d69002e6b002f6d002f6f0030700030700031700031700432700833700b33700e3470",
    "11356f14366f16366f18376f1a386f1c386e1d396e1f3a6e213b6e223b6e243c6e253d6d273d6d283e6d",
    "2a3f6d2b3f6d2c406d2e416c2f426c30426c31436c32446c34446c35456c36466c37466c38476c39486c",
    "3a486b3b496b3d4a6b3e4b6b3f4b6b404c6b414d6b424d6b434e6b444f6b454f6b46506b47516b48516b",
    "49526b4a536b4b546c4c546c4d556c4e566c4e566c4f576c50586c51586c52596c535a6c545a6c555b6d",
    "565c6d575d6d585d6d595e6d595f6d5a5f6d5b606e5c616e5d616e5e626e5f636e60646e61646f61656f",
    "62666f63666f64676f656870666970676970686a70686b71696b716a6c716b6d716c6d726d6e726e6f72",
    "6e70736f7073707173717273727374737374747475747575757575767676777776787876797877797977",
    "7a7a777b7b777c7b787d7c787e7d787f7d78807e78817f78828078838078848178858278858378868378",
    "8784788885788986788a86788b87788c88788d89788e89788f8a77908b77918c77928c77938d77948e77",
    "958f77968f779790769891769992769a93769b93769c94769d95759e96759f9675a09775a19874a29974",
    "a39a74a49a74a59b73a69c73a79d73a89e73a99e72aa9f72aba072aca171ada271aea271afa370b0a470",
    "b1a570b2a66fb3a66fb4a76fb5a86eb6a96eb7aa6db8ab6db9ab6dbaac6cbbad6cbcae6bbdaf6bbeb06a",
    "bfb06ac1b169c2b269c3b368c4b468c5b567c6b567c7b666c8b765c9b865cab964cbba64ccbb63cdbc62",
    "cebc62cfbd61d0be60d2bf60d3c05fd4c15ed5c25ed6c35dd7c35cd8c45bd9c55adac65adbc759dcc858",
    "dec957dfca56e0cb55e1cc54e2cc53e3cd52e4ce51e5cf50e6d04fe8d14ee9d24dead34cebd44becd54a",
    "edd648eed747efd846f1d944f2da43f3da42f4db40f5dc3ff6dd3df8de3bf9df3afae038fbe136fde234",
    "fde333fde534fde636fde737"
  ],
  "PuOr": [
    "7f3b08813c07833d07853e07873f078940078b41078d42078f4407914507934607954707974807994906",
    "9b4a069d4c069f4d06a14e06a34f06a55006a75106a95206ab5406ad5506af5606b15706b35806b55a06",
    "b75c07b95d07ba5f08bc6109be6209c0640ac2650ac3670bc5690bc76a0cc96c0cca6e0dcc6f0dce710e",
    "d0730fd1740fd37610d57810d77911d87b11da7d12dc7e12de8013e08214e18417e2861ae3881de48a20",
    "e58c23e68e26e79029e9922cea952feb9732ec9936ed9b39ee9d3cef9f3ff1a142f2a345f3a548f4a84b",
    "f5aa4ef6ac51f7ae55f9b058fab25bfbb45efcb661fdb864fdba67fdbb6bfdbd6efdbf71fdc074fdc278",
    "fdc37bfdc57efdc681fdc885fdca88fdcb8bfdcd8efdce92fdd095fdd198fdd39bfdd59ffdd6a2fdd8a5",
    "fdd9a8fddbacfddcaffddeb2fee0b6fde0b8fde1bbfde2bdfce3c0fce4c2fce5c5fce6c7fbe7cafbe8cc",
    "fbe9cffae9d2faead4faebd7faecd9f9eddcf9eedef9efe1f9f0e3f8f1e6f8f2e8f8f2ebf7f3eef7f4f0",
    "f7f5f3f7f6f5f6f6f6f5f5f6f3f4f5f2f3f5f1f1f4f0f0f4efeff3edeef3ecedf3ebecf2eaebf2e9e9f1",
    "e7e8f1e6e7f0e5e6f0e4e5efe2e4efe1e3eee0e1eedfe0eddedfeddcdeecdbddecdadcebd9dbebd8daeb",
    "d6d8ead5d6e9d3d4e8d2d2e7d0d0e6cfcee5cdcde4cccbe3cac9e2c9c7e1c7c5e0c6c3dfc4c2dec3c0dd",
    "c1bedcc0bcdbbebadabdb8d9bbb6d8bab5d7b8b3d6b7b1d5b5afd4b4add3b2abd2b1a9d1afa7cfada5ce",
    "aba3cca9a1cba79ec9a59cc8a39ac6a198c59f96c39d93c29b91c0998fbf978dbd958bbc9388ba9186b9",
    "8f84b78d82b68b80b4897db3877bb18579b08377ae8175ad8073ac7e70aa7c6da97a6aa77967a67764a4",
    "7561a3735ea2725ba070589f6e559d6d529c6b4f9b694c99674998664696644395624094603d925f3a91",
    "5d378f5b348e5a318c582e8b562b8a5428885326865124845023824e217f4d207d4b1e7a4a1d78481b76",
    "471a7345187143166e42156c40136a3f12673d10653c0f623a0d60390c5e370a5b360959340756330654",
    "31045230034f2e014d2d004b"
  ]
};

const bytes = new Map();

function read(name) {
  const hex = HEX[name].join("");
  return Uint8Array.from({length: 768}, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

// Red, green and blue of all 256 colors of a scale; "gray" is black to white.
export function paletteBytes(name) {
  if (!bytes.has(name)) {
    const gray = () => Uint8Array.from({length: 768}, (_, i) => Math.floor(i / 3));
    bytes.set(name, name === "gray" ? gray() : read(name));
  }
  return bytes.get(name);
}

// Which of the 256 colors a share from 0 to 1 has.
export function level(share) {
  return Math.min(Math.max(Math.floor(share * 256), 0), 255);
}

export function colorAt(name, share) {
  const i = 3 * level(share), table = paletteBytes(name);
  const part = (k) => table[i + k].toString(16).padStart(2, "0");
  return `#${part(0)}${part(1)}${part(2)}`;
}
